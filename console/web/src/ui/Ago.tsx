import { useTranslation } from "react-i18next";
import { useNow } from "./useNow";

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** Text for a distance in seconds from now; negative: it is over. */
export function distance(seconds: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(Math.trunc(seconds), "second");
}

/** A moment, relative to now; the absolute one in the reader's zone is shown on hover. */
export function Ago({ at }: { at: string | number | Date }) {
  const { i18n } = useTranslation();
  const now = useNow();
  const moment = new Date(at);
  const seconds = (moment.getTime() - now) / 1000;
  return (
    <time dateTime={moment.toISOString()} title={moment.toLocaleString(i18n.language, { dateStyle: "full", timeStyle: "long" })}>
      {distance(seconds, i18n.language)}
    </time>
  );
}
