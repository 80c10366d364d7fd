/** What of many offers is meant by some words, the likeliest first. */

export interface Words {
  label: string;
  keywords?: string;
  /** It is the thing that is named, and comes before what can be done with it. */
  isFirst?: boolean;
}

/** Those in which each word is found, as a whole or as a part; whole words and what is named first count more. */
export function matching<T extends Words>(offers: readonly T[], typed: string): T[] {
  const wanted = wordsOf(typed);
  if (wanted.length === 0) return [...offers];
  return offers
    .map((offer) => ({ offer, score: scored(offer, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .map(({ offer }) => offer);
}

/** 0: a word is not in it. */
function scored({ label, keywords = "", isFirst }: Words, wanted: string[]): number {
  const words = wordsOf(label);
  const more = wordsOf(keywords);
  let score = 0;
  for (const word of wanted) {
    if (words.includes(word)) score += 4;
    else if (more.includes(word)) score += 3;
    else if (words.some((one) => one.startsWith(word))) score += 2;
    else if ([...words, ...more].some((one) => one.includes(word))) score += 1;
    else return 0;
  }
  // Of two that match alike, the one with fewer other words is meant.
  return score + (isFirst ? 0.5 : 0) - words.length / 100;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[\s#:,“”"]+/).filter(Boolean);
}
