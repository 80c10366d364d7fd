/**
 * Sentences of the server in the language of the reader. Those that have a code are said by it; what is kept as text
 * is recognized by the wording that it was made from (`wordings.json`, written by `make api`). What nobody knows, such
 * as the words of a plug-in, stays as it is.
 */
import i18next from "i18next";

type Fields = Record<string, unknown>;

interface Known {
  code: string;
  pattern: RegExp;
  names: string[];
  /** Characters that are not filled in: of two that fit, the one that says more is meant. */
  weight: number;
}

const BLANK = /\{(\w+)(!r)?(?::[^}]*)?\}/g;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
/** Sentences within sentences; the words of others may look like one for ever. */
const DEEPEST = 3;
const MOST_KEPT = 500;

let known: Known[] = [];
const kept = new Map<string, Known | undefined>();

/** Recognize sentences of these wordings from now on: texts by their codes. */
export function recognize(texts: Record<string, string>): void {
  if (known.length > 0) return;
  known = Object.entries(texts).map(understood).sort((a, b) => b.weight - a.weight);
  kept.clear();
}

/** A sentence of the server as its reader understands it. */
export function worded(text: string, depth = 0): string {
  if (!text || depth > DEEPEST) return text;
  const wording = recognized(text);
  if (!wording) return behindName(text, depth) ?? text;
  const found = wording.pattern.exec(text)!.slice(1);
  const fields = Object.fromEntries(wording.names.map((name, index) => [name, found[2 * index] ?? found[2 * index + 1] ?? ""]));
  return said(wording.code, fields, depth) ?? text;
}

/** A sentence behind the name of a step or of a thing, such as `ring: …`. */
function behindName(text: string, depth: number): string | undefined {
  const [, name, rest] = /^([\w.-]+): (.+)$/s.exec(text) ?? [];
  return rest && recognized(rest) ? `${name}: ${worded(rest, depth + 1)}` : undefined;
}

/** A sentence by its code; undefined: this language has none. */
export function said(code: string, fields: Fields, depth = 0): string | undefined {
  const key = `wordings.${code}`;
  if (!i18next.exists(key)) return undefined;
  return i18next.t(key, Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, filledIn(value, depth)])));
}

/** What is wrong with a field of a request, by the code of the mistake. */
export function fieldProblem(problem: { detail: string; code?: string | null; fields?: Fields }): string {
  return i18next.t(`fieldProblems.${problem.code}`, { ...problem.fields, defaultValue: problem.detail });
}

function filledIn(value: unknown, depth: number): unknown {
  if (typeof value !== "string") return value ?? "";
  if (MOMENT.test(value) && !Number.isNaN(Date.parse(value))) return new Date(value).toLocaleString(i18next.language);
  return worded(value, depth + 1);
}

function recognized(text: string): Known | undefined {
  if (kept.has(text)) return kept.get(text);
  if (kept.size >= MOST_KEPT) kept.clear();
  const found = known.find((wording) => wording.pattern.test(text));
  kept.set(text, found);
  return found;
}

/** The pattern of a wording: it may begin a sentence or follow a colon, and end one or not. */
function understood([code, text]: [string, string]): Known {
  const names: string[] = [];
  let pattern = "";
  let from = 0;
  for (const blank of text.matchAll(BLANK)) {
    pattern += literal(text.slice(from, blank.index), from === 0);
    from = blank.index + blank[0].length;
    const name = blank[1]!;
    const isFirst = !names.includes(name);
    if (isFirst) names.push(name);
    // Two groups each, of which one is found: Python writes a text with an apostrophe in the other quotes.
    if (!isFirst) pattern += ".*?";
    // A name at the beginning is one: it holds no other sentence.
    else if (blank.index === 0 && !blank[2]) pattern += "((?:(?![;:.] ).)*?)()";
    else pattern += blank[2] ? `(?:'(.*?)'|"(.*?)")` : "(.*?)()";
  }
  pattern += literal(text.slice(from).replace(/\.$/, ""), from === 0);
  return { code, pattern: new RegExp(`^${pattern}\\.?$`, "s"), names, weight: text.replace(BLANK, "").length };
}

function literal(text: string, isFirst: boolean): string {
  const [first = "", ...rest] = [...text];
  const head = isFirst && /[a-z]/i.test(first) ? `[${first.toLowerCase()}${first.toUpperCase()}]` : escaped(first);
  return head + escaped(rest.join(""));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
