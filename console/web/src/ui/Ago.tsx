import { useTranslation } from "react-i18next";
import { dayAndClock } from "./times";
import { useNow } from "./useNow";

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** The page's clock moves once a second, and that of the server is another: what is so little ahead is now. */
const AHEAD = 2;

/** Text for a distance in seconds from now; negative: it is over. */
export function distance(seconds: number, language: string, style: "long" | "narrow" = "long"): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style });
  if (seconds > 0 && seconds < AHEAD) return format.format(0, "second");
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(Math.trunc(seconds), "second");
}

interface AgoProps {
  at: string | number | Date;
  /** For dense rows. */
  isShort?: boolean;
  /** It is to come: it is due from then on, and not over, until something else is said. */
  isDue?: boolean;
}

/** A moment, relative to now; the absolute one in the reader's zone is shown on hover. */
export function Ago({ at, isShort = false, isDue = false }: AgoProps) {
  const { i18n } = useTranslation();
  const now = useNow();
  const moment = new Date(at);
  const distanceNow = (moment.getTime() - now) / 1000;
  const seconds = isDue ? Math.max(0, distanceNow) : distanceNow;
  return (
    <time dateTime={moment.toISOString()} title={dayAndClock(moment, i18n.language)}>
      {distance(seconds, i18n.language, isShort ? "narrow" : "long")}
    </time>
  );
}
