import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRefresh } from "../../live/hooks";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Segments } from "../../ui/Segments";
import { clock, midnight } from "../../ui/times";
import { Happenings } from "../fleet/Happenings";
import classes from "./Overview.module.css";
import { TODAY, TODAYS, todayQuery } from "./queries";
import { type Hour, hours } from "./hours";

const MOST_SHOWN = 6;

/** What happened today, hour by hour, and the newest of it. */
export function Today() {
  const { t, i18n } = useTranslation();
  const happened = useQuery(todayQuery);
  useRefresh(TODAYS, TODAY);
  const now = Date.now();
  const events = (happened.data?.told ?? []).filter((event) => Date.parse(event.at) >= midnight(now));
  const time = (moment: number) => clock(moment, i18n.language);
  const begin = happened.data?.begin;
  const label = ({ from, count, isPart }: Hour) => t(isPart ? (count > 0 ? "overview.hourPart" : "overview.hourUnread") : "overview.hour", { time: time(from), count });
  const segments = hours(events, now, begin).map((hour) => ({ key: String(hour.from), tone: hour.tone, label: label(hour) }));
  return (
    <Section title={t("overview.today")} aside={happened.data && t("overview.happened", { count: events.length })}>
      {happened.error && <Problem error={happened.error} onRetry={() => void happened.refetch()} />}
      <div>
        <Segments label={t("overview.today")} segments={segments} />
        <div className={classes.axis}>
          {[0, 6, 12, 18, 24].map((hour) => (
            <span key={hour}>{String(hour).padStart(2, "0")}:00</span>
          ))}
        </div>
      </div>
      {begin !== undefined && (
        <p className={classes.hint}>
          {t("overview.begins", { time: time(begin) })} <Link to="/events">{t("overview.earlier")}</Link>
        </p>
      )}
      {happened.data && events.length === 0 && <p className={classes.hint}>{t("overview.quiet")}</p>}
      <Happenings events={events.slice(-MOST_SHOWN)} />
    </Section>
  );
}
