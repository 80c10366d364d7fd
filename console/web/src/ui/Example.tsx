import classes from "./Example.module.css";

/** Something to be typed or pasted elsewhere. */
export function Example({ children }: { children: React.ReactNode }) {
  return <pre className={classes.example}>{children}</pre>;
}
