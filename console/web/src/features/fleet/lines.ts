/** Log lines as they are gathered: the newest at the end, older ones read from the files put in front. */
import type { components } from "../../api/schema";

export type LogLine = components["schemas"]["LogLine"];

export interface Gathered {
  lines: LogLine[];
  /** The number of the first line: what is put in front counts down, so that a line keeps its number. */
  first: number;
  /** No older ones are in the files. */
  isAll: boolean;
}

export const NOTHING: Gathered = { lines: [], first: 0, isAll: false };

/** Files know milliseconds. */
const moment = (line: LogLine) => Math.round(line.ts * 1000);
const isSame = (one: LogLine, other: LogLine) => moment(one) === moment(other) && one.text === other.text && one.level === other.level;

/** Put what is new behind what is known; the newest lines overlap with it where they were not too many at once. */
export function withNewer(known: Gathered, newest: readonly LogLine[]): Gathered {
  const last = known.lines.at(-1);
  if (!last) return newest.length > 0 ? { ...known, lines: [...newest] } : known;
  const from = newest.findLastIndex((line) => isSame(line, last)) + 1;
  const fresh = newest.slice(from).filter((line) => from > 0 || moment(line) >= moment(last));
  return fresh.length > 0 ? { ...known, lines: [...known.lines, ...fresh] } : known;
}

/** Put a page of older lines in front, without those of its last millisecond that are known. */
export function withOlder(known: Gathered, page: readonly LogLine[], wanted: number): Gathered {
  const first = known.lines[0];
  const at = first ? moment(first) : Infinity;
  const ofThen = known.lines.filter((line) => moment(line) === at).length;
  const sameInPage = page.filter((line) => moment(line) === at).length;
  const older = [...page.filter((line) => moment(line) < at), ...page.filter((line) => moment(line) === at).slice(0, Math.max(0, sameInPage - ofThen))];
  return { lines: [...older, ...known.lines], first: known.first - older.length, isAll: page.length < wanted || older.length === 0 };
}
