import classes from "./Entrance.module.css";

/** What is seen before anybody is inside: the name of the house and one thing to do. */
export function Entrance({ children, over }: { children: React.ReactNode; over?: boolean }) {
  return (
    <div className={classes.mat} data-over={over || undefined}>
      <main className={classes.box}>
        <div className={classes.brand}>
          <img src="/icon.svg" alt="" width={32} height={32} />
          <span>Meshvisor</span>
        </div>
        {children}
      </main>
    </div>
  );
}
