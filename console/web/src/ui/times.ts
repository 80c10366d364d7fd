/** Moments as the reader's clock shows them: in their zone and the way of their country, with 24 hours a day. */

/** The language with the country that the browser has for it: English has two orders of day and month. */
export function regional(language: string): string {
  return navigator.languages.find((one) => one.split("-")[0] === language) ?? language;
}

/** "18:06", or "18:06:30" where seconds count. */
export function clock(moment: number | Date, language: string, precision: "minutes" | "seconds" = "minutes"): string {
  const second = precision === "seconds" ? ({ second: "2-digit" } as const) : {};
  return new Date(moment).toLocaleTimeString(regional(language), { hour: "2-digit", minute: "2-digit", ...second, hourCycle: "h23" });
}

/** With its day: for what is only seen on hover, or may be long ago. */
export function dayAndClock(moment: number | string | Date, language: string): string {
  return new Date(moment).toLocaleString(regional(language), { dateStyle: "full", timeStyle: "long", hourCycle: "h23" });
}

/** The same in short, within a sentence. */
export function shortDayAndClock(moment: number | string | Date, language: string): string {
  return new Date(moment).toLocaleString(regional(language), { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
}

/** Midnight before a moment in the reader's zone; both in epoch milliseconds. */
export function midnight(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}
