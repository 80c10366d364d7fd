import classes from "./Chart.module.css";
import type { Tone } from "./state";

export interface Segment {
  key: string;
  tone: Tone | "none";
  /** When, and what it was. */
  label: string;
}

/** Equal pieces of time or runs in a row, newest last; worse ones are lower, so colour is not alone. */
export function Segments(props: { label: string; segments: Segment[]; onOpen?: (key: string) => void }) {
  const { onOpen } = props;
  return (
    <div className={classes.segments} role="group" aria-label={props.label}>
      {props.segments.map((segment) =>
        onOpen ? (
          <button
            key={segment.key}
            type="button"
            className={classes.segment}
            data-tone={segment.tone}
            title={segment.label}
            aria-label={segment.label}
            onClick={() => onOpen(segment.key)}
          />
        ) : (
          <span key={segment.key} className={classes.segment} data-tone={segment.tone} title={segment.label} />
        ),
      )}
    </div>
  );
}
