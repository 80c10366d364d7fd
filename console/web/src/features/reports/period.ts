import { regional } from "../../ui/times";

/** The time that a report is about, in the reader's language; reports themselves are made in English. */
export function periodOf({ title, first, last }: { title: string; first: string; last: string }, language: string): string {
  if (language === "en") return title;
  const format = new Intl.DateTimeFormat(regional(language), { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return format.formatRange(new Date(first), new Date(last));
}
