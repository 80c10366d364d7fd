/** Values that an action, a workflow or a template asks for, as people type them. */
import type { TFunction } from "i18next";

/** One value that is asked for. */
export interface Input {
  type: "text" | "number" | "boolean" | "list" | "object" | "any";
  required?: boolean;
  /** Null: it has none. */
  default?: unknown;
  description?: string;
  choices?: unknown[] | null;
  /** What people read in place of its name, and of its choices: of values that a page asks for itself. */
  label?: string;
  names?: string[];
}

/** What stands in the fields at first. */
export function initial(inputs: Record<string, Input>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, written(input)]));
}

/** What stands in the fields where some values are given already. */
export function textsOf(inputs: Record<string, Input>, values: Record<string, unknown>): Record<string, string> {
  return initial(Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, { ...input, default: values[name] ?? input.default }])));
}

/** Whether it has a value where none is given. */
export function hasDefault({ default: value }: Input): boolean {
  return value !== undefined && value !== null;
}

function written({ type, default: value }: Input): string {
  if (value === undefined || value === null) return "";
  if (type === "list" && Array.isArray(value)) return value.map(String).join("\n");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * The values that were typed; what is empty is left out.
 *
 * Throws an error with a sentence where a text is no value of its type.
 */
export function valuesOf(inputs: Record<string, Input>, texts: Record<string, string>, t: TFunction): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const text = texts[name] ?? "";
    if (text.trim() === "" && input.type !== "boolean") continue;
    values[name] = valueOf(name, input, text, t);
  }
  return values;
}

function valueOf(name: string, { type, choices }: Input, text: string, t: TFunction): unknown {
  if (choices) return choices.find((one) => String(one) === text);
  if (type === "text") return text;
  if (type === "number") return Number(text);
  if (type === "boolean") return text === "true";
  if (type === "list" && !text.trim().startsWith("["))
    return text
      .split(/[\n,]/)
      .map((one) => one.trim())
      .filter(Boolean);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (type === "any") return text;
    throw new Error(t("inputs.notJson", { name }));
  }
}
