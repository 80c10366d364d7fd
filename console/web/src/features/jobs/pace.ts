/** How fast a job is, from how far it was when it was looked at. */

export interface Sample {
  /** When it was looked at, in milliseconds of the browser's clock. */
  at: number;
  /** Items that have an outcome. */
  ended: number;
}

export interface Pace {
  perMinute: number;
  /** Seconds until the last item, if it goes on like that. */
  secondsLeft: number;
}

/** What is judged, in milliseconds: a job may have become slower since. */
export const WINDOW = 60_000;
/** Less says nothing, in milliseconds. */
const LEAST = 4_000;

/** Samples with one more, without those that are too old. */
export function sampled(samples: readonly Sample[], next: Sample): Sample[] {
  const last = samples.at(-1);
  const isAnew = last !== undefined && next.ended < last.ended;
  return [...(isAnew ? [] : samples.filter((one) => next.at - one.at <= WINDOW)), next];
}

/** The pace within the window; undefined: too little was seen, or nothing moves. */
export function paceOf(samples: readonly Sample[], pending: number): Pace | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at - first.at < LEAST || last.ended <= first.ended || pending === 0) return undefined;
  const perSecond = ((last.ended - first.ended) * 1000) / (last.at - first.at);
  return { perMinute: perSecond * 60, secondsLeft: pending / perSecond };
}
