import { useTranslation } from "react-i18next";
import { Ago } from "../../ui/Ago";
import { regional } from "../../ui/times";
import classes from "./Schedules.module.css";

const FULL: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
export const SHORT: Intl.DateTimeFormatOptions = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };

/** A moment as the clocks of a zone show it; the text itself where the browser has no such zone. */
export function inZone(at: string, zone: string | null, language: string, how: Intl.DateTimeFormatOptions = FULL): string {
  try {
    return new Date(at).toLocaleString(regional(language), { ...how, timeZone: zone ?? undefined });
  } catch {
    return at;
  }
}

/** A moment in the zone that is the point of it, and how far it is. */
export function Moment({ at, zone, isShort = false, isDue = false }: { at: string; zone: string | null; isShort?: boolean; isDue?: boolean }) {
  const { i18n } = useTranslation();
  return (
    <>
      <Ago at={at} isDue={isDue} /> <span className={classes.faint}>{inZone(at, zone, i18n.language, isShort ? SHORT : FULL)}</span>
    </>
  );
}
