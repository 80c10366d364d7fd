import classes from "./Page.module.css";

/** Titles of alerts and names may be whole paragraphs; in characters. */
const LONG_TITLE = 60;

/** A page: what it answers, in a sentence, then what can be done, then the rest. */
export function Page(props: { title: string; lead?: React.ReactNode; actions?: React.ReactNode; children: React.ReactNode }) {
  return (
    <article className={classes.page}>
      <header className={classes.header}>
        <div className={classes.words}>
          <h1 className={classes.title} data-long={props.title.length > LONG_TITLE || undefined}>
            {props.title}
          </h1>
          {props.lead !== undefined && <p className={classes.lead}>{props.lead}</p>}
        </div>
        {props.actions && <div className={classes.actions}>{props.actions}</div>}
      </header>
      {props.children}
    </article>
  );
}

/** A part of a page under a heading. */
export function Section(props: { title: string; aside?: React.ReactNode; children: React.ReactNode }) {
  return (
    <section className={classes.section}>
      <div className={classes.heading}>
        <h2>{props.title}</h2>
        {props.aside && <div className={classes.aside}>{props.aside}</div>}
      </div>
      {props.children}
    </section>
  );
}

/** What is not there yet: what will be, and the one step to get it. */
export function Empty(props: { title: string; children?: React.ReactNode }) {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>{props.title}</p>
      {props.children && <div>{props.children}</div>}
    </div>
  );
}
