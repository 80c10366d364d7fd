/** The form of a schedule: texts as they are typed, and the settings that they mean. */
import type { Definition } from "./queries";

export const KEYS = ["name", "cron", "after", "timezone", "action", "mesh", "items", "data", "overlap", "misfire", "lane", "priority", "timeout", "retries", "start_date", "end_date", "jitter"] as const;
export type Key = (typeof KEYS)[number];
export type Draft = Record<Key, string>;

export const OVERLAPS = ["skip", "queue_one", "queue_all", "cancel_running", "allow"] as const;
export const MISFIRES = ["skip", "latest", "all"] as const;

const NUMBERS: readonly Key[] = ["priority", "timeout", "retries", "jitter"];
/** What stands for "nothing is set". */
const NOTHING: Partial<Record<Key, unknown>> = { mesh: "-", jitter: 0 };

/** The texts of a definition; empty where it sets nothing. */
export function draftOf(definition: Definition): Draft {
  return Object.fromEntries(KEYS.map((key) => [key, textOf(key, definition[key])])) as Draft;
}

export const EMPTY: Draft = { ...draftOf({}), overlap: "skip", misfire: "latest" };

function textOf(key: Key, value: unknown): string {
  if (value === undefined || value === null || value === NOTHING[key]) return "";
  if (Array.isArray(value)) return value.join("\n");
  if (typeof value === "object") return Object.keys(value).length > 0 ? JSON.stringify(value, null, 2) : "";
  return String(value);
}

/** The value of a text. Throws SyntaxError: it is no JSON. */
function valueOf(key: Key, text: string): unknown {
  if (NUMBERS.includes(key)) return Number(text);
  if (key === "items" || key === "after") return text.split(/[\s,]+/).filter(Boolean);
  if (key === "data") return JSON.parse(text);
  return text.trim();
}

/** What is set. Throws SyntaxError: its data is no JSON. */
export function definitionOf(draft: Draft): Definition {
  return Object.fromEntries(KEYS.filter((key) => draft[key].trim() !== "").map((key) => [key, valueOf(key, draft[key])]));
}

/** What runs after others has no planned times, whatever the settings file says, and the other way round. */
const IN_PLACE: Partial<Record<Key, { of: Key; none: unknown }>> = { after: { of: "cron", none: "" }, cron: { of: "after", none: [] } };

function emptied(key: Key, draft: Draft): unknown {
  const [other, place] = (Object.entries(IN_PLACE) as [Key, { of: Key; none: unknown }][]).find(([, { of }]) => of === key) ?? [];
  return other && draft[other].trim() !== "" ? place!.none : null;
}

/** What differs from what was seen; null: as the settings file says, or the default. */
export function changesOf(draft: Draft, base: Draft): Definition {
  const differ = KEYS.filter((key) => draft[key] !== base[key]);
  return Object.fromEntries(differ.map((key) => [key, draft[key].trim() === "" ? emptied(key, draft) : valueOf(key, draft[key])]));
}

/** What was typed, laid over what somebody else has saved meanwhile. */
export function merged(draft: Draft, base: Draft, newest: Draft): Draft {
  return Object.fromEntries(KEYS.map((key) => [key, draft[key] === base[key] ? newest[key] : draft[key]])) as Draft;
}
