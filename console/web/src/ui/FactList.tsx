import { Fragment } from "react";
import classes from "./FactList.module.css";

export type Fact = [name: string, value: React.ReactNode];

/** Names and values, one below the other; what has no value is left out. */
export function FactList({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd className="foreign">{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}
