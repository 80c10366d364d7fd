const UNITS: [Intl.NumberFormatOptions["unit"], number][] = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** A length of time in its two greatest units: "3 hr 12 min". */
export function lasting(seconds: number, language: string): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = Math.max(0, UNITS.findIndex(([, length]) => whole >= length));
  const at = whole === 0 ? UNITS.length - 1 : first;
  let rest = whole;
  const parts: string[] = [];
  for (const [unit, length] of UNITS.slice(at, at + 2)) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0 || parts.length === 0) parts.push(new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(count));
  }
  return parts.join(" ");
}

/** Bytes in megabytes: what a process takes is of that size. */
export function megabytes(bytes: number, language: string): string {
  const style = { style: "unit", unit: "megabyte", unitDisplay: "short", maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(language, style).format(bytes / 1_000_000);
}

export function milliseconds(value: number, language: string): string {
  const style = { style: "unit", unit: "millisecond", unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 } as const;
  return new Intl.NumberFormat(language, style).format(value);
}

/** The value in the middle; undefined: there is none. */
export function median(values: readonly (number | null | undefined)[]): number | undefined {
  const known = values.filter((value): value is number => typeof value === "number").sort((one, other) => one - other);
  return known[Math.floor(known.length / 2)];
}

/** A value of JSON as people write it: names and values, without braces and quotes. */
export function inWords(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(inWords).join(", ");
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([name, of]) => `${name}: ${typeof of === "object" && of !== null ? JSON.stringify(of) : inWords(of)}`)
    .join(", ");
}
