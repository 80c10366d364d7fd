/** Where the words of a library begin to explain themselves to its own authors. */
const INWARDS = /\s*(?:\(Caused by\b|Traceback \(most recent|[:.]*\s\w+(?:Error|Exception|Pool)\()/;

/** Longer ones are cut behind a word, in characters. */
const MOST = 160;

/** What an error says first; the rest helps those who mend it. */
export function firstWords(text: string): string {
  const line = text.trim().split("\n", 1)[0]!;
  const outwards = line.split(INWARDS, 1)[0]!.trim() || line;
  if (outwards.length <= MOST) return outwards.length < text.trim().length ? ended(outwards) : outwards;
  return `${outwards.slice(0, MOST).replace(/\s+\S*$/, "")} …`;
}

function ended(sentence: string): string {
  return `${sentence.replace(/[\s:;,.]+$/, "")}.`;
}
