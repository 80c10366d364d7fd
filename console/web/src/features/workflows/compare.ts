/** Two texts, line by line: what is gone, what is new, and what is the same around it. */

export interface Line {
  kind: "same" | "gone" | "new" | "left_out";
  text: string;
}

/** More pairs of lines than this are not compared: all of the one is gone, all of the other new. */
const MOST_PAIRS = 4_000_000;

/** The lines of both, in order; the longest common sequence is what is the same. */
export function compared(before: string, after: string): Line[] {
  const old = before.split("\n");
  const now = after.split("\n");
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++;
  const same = (texts: string[]): Line[] => texts.map((text) => ({ kind: "same", text }));
  return [...same(old.slice(0, start)), ...between(old.slice(start, old.length - end), now.slice(start, now.length - end)), ...same(old.slice(old.length - end))];
}

function between(old: string[], now: string[]): Line[] {
  if (old.length * now.length > MOST_PAIRS) return [...old.map((text): Line => ({ kind: "gone", text })), ...now.map((text): Line => ({ kind: "new", text }))];
  const width = now.length + 1;
  /** How many lines are the same from a pair on. */
  const common = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i * width + j] = old[i] === now[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const found: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) found.push({ kind: "same", text: old[i++]! }), j++;
    else if (i < old.length && (j === now.length || common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) found.push({ kind: "gone", text: old[i++]! });
    else found.push({ kind: "new", text: now[j++]! });
  }
  return found;
}

/** Without the lines that are the same, but for some around each change; `left_out` says how many. */
export function folded(lines: readonly Line[], around = 3): Line[] {
  const isNear = lines.map((_, at) => lines.slice(Math.max(0, at - around), at + around + 1).some(({ kind }) => kind !== "same"));
  const found: Line[] = [];
  let left = 0;
  const say = () => {
    if (left > 0) found.push({ kind: "left_out", text: String(left) });
    left = 0;
  };
  lines.forEach((line, at) => {
    if (!isNear[at]) left++;
    else {
      say();
      found.push(line);
    }
  });
  say();
  return found;
}
