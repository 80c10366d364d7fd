/** The data of a schedule, kept as JSON text, and the fields that its action declares. */
import type { TFunction } from "i18next";
import { hasDefault, initial, type Input, textsOf, valuesOf } from "../../ui/inputs";

export type Inputs = Record<string, Input>;

/** What the fields show of a text; undefined: it is no JSON object, or gives what the action does not take. */
export function shownOf(inputs: Inputs, data: string): Record<string, string> | undefined {
  const values = objectOf(data);
  return values && Object.keys(values).every((name) => name in inputs) ? textsOf(inputs, values) : undefined;
}

/** What is set in the fields, as JSON; a default is left out, so that the action may change it. Throws as `valuesOf`. */
export function writtenOf(inputs: Inputs, texts: Record<string, string>, t: TFunction): string {
  const defaults = initial(inputs);
  const isSet = (name: string) => !hasDefault(inputs[name]!) || texts[name] !== defaults[name];
  const values = Object.entries(valuesOf(inputs, texts, t)).filter(([name]) => isSet(name));
  return values.length > 0 ? JSON.stringify(Object.fromEntries(values), null, 2) : "";
}

/** The data for another action: what both take stays. */
export function carriedOver(inputs: Inputs, data: string, t: TFunction): string {
  const kept = Object.entries(objectOf(data) ?? {}).filter(([name]) => name in inputs);
  return writtenOf(inputs, textsOf(inputs, Object.fromEntries(kept)), t);
}

function objectOf(text: string): Record<string, unknown> | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
