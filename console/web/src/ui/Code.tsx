import classes from "./Code.module.css";

/** What machines wrote or read, in a box of its own that scrolls. */
export function Code({ label, children, isForeign }: { label: string; children: string; /** Others have written it: it cannot turn the line around. */ isForeign?: boolean }) {
  return (
    <pre className={`${classes.code} ${isForeign ? "foreign" : ""}`} tabIndex={0} aria-label={label}>
      {children}
    </pre>
  );
}
