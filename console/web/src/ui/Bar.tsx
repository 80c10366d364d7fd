import classes from "./Chart.module.css";
import type { Tone } from "./state";

/** Parts of a whole in one bar; the numbers stand beside it in words. */
export function Bar({ parts, rest, label }: { parts: { tone: Tone; count: number }[]; rest: number; label: string }) {
  return (
    <div className={classes.bar} role="img" aria-label={label}>
      {parts
        .filter((part) => part.count > 0)
        .map((part) => (
          <span key={part.tone} data-tone={part.tone} style={{ flexGrow: part.count }} />
        ))}
      {rest > 0 && <span style={{ flexGrow: rest }} />}
    </div>
  );
}
