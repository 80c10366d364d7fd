import { lasting, milliseconds } from "../../ui/format";

const SECOND = 1000;

/** A part of 1 in percent. */
export function percent(part: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(part);
}

/** A length of time in the unit that fits. */
export function duration(ms: number, language: string): string {
  if (ms < SECOND) return milliseconds(Math.round(ms), language);
  if (ms < 60 * SECOND) return new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: 1 }).format(ms / SECOND);
  return lasting(ms / SECOND, language);
}
