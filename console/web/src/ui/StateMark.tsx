import classes from "./StateMark.module.css";
import { SHAPES, type Shape, type Tone } from "./state";

const PATHS: Record<Shape, React.ReactNode> = {
  disc: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  ring: <circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" strokeWidth="2.2" />,
  triangle: <path d="M6 1.2 11.2 10.6H.8z" fill="currentColor" />,
  cross: <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" strokeWidth="2.8" strokeLinecap="round" />,
  square: <rect x="1.5" y="1.5" width="9" height="9" rx="1.4" fill="currentColor" />,
  dash: <path d="M2 6h8" stroke="currentColor" strokeWidth="2.8" strokeLinecap="round" />,
};

/** The shape of a state; without a word it is decoration and hidden from screen readers. */
export function StateShape({ tone, size = 10 }: { tone: Tone; size?: number }) {
  return (
    <svg className={classes.shape} data-tone={tone} viewBox="0 0 12 12" width={size} height={size} aria-hidden>
      {PATHS[SHAPES[tone]]}
    </svg>
  );
}

/** A state as shape and word. */
export function StateMark({ tone, children }: { tone: Tone; children: React.ReactNode }) {
  return (
    <span className={classes.mark} data-tone={tone}>
      <StateShape tone={tone} />
      <span>{children}</span>
    </span>
  );
}
