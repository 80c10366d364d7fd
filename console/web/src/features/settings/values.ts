/** One setting by its whole name, as `meshvisor config` spells it. */
export interface Value {
  name: string;
  text: string;
}

export interface SettingsSection {
  name: string;
  values: Value[];
}

/** Sections in their order with every setting below them; lists and their tables stay in one piece. */
export function sectionsOf(settings: Record<string, unknown>, wanted: string): SettingsSection[] {
  const search = wanted.toLowerCase();
  return Object.entries(settings)
    .map(([name, value]) => ({ name, values: flat(name, value).filter((one) => `${one.name} ${one.text}`.toLowerCase().includes(search)) }))
    .filter((section) => section.values.length > 0);
}

function flat(name: string, value: unknown): Value[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, below]) => flat(`${name}.${key}`, below));
  }
  return [{ name, text: written(value) }];
}

function written(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, null, Array.isArray(value) && value.some((one) => typeof one === "object") ? 2 : 0);
}
