import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { TONES } from "../schedules/queries";
import classes from "./Overview.module.css";
import { type Schedule, SCHEDULES, schedulesQuery } from "./queries";

const MOST = 5;

/** What fires next by itself, and how it went the last time. */
export function Fires() {
  const { t } = useTranslation();
  const schedules = useQuery(schedulesQuery);
  useRefresh(["schedule.", "job.completed", "job.failed"], SCHEDULES);
  const next = (schedules.data?.schedules ?? [])
    .filter((schedule) => schedule.enabled && schedule.next_at)
    .sort((one, other) => Date.parse(one.next_at!) - Date.parse(other.next_at!))
    .slice(0, MOST);
  return (
    <Section title={t("overview.next")}>
      {schedules.error && <Problem error={schedules.error} onRetry={() => void schedules.refetch()} />}
      {schedules.data && next.length === 0 && <p className={classes.hint}>{t("overview.noneNext")}</p>}
      <ul className={classes.fires}>
        {next.map((schedule) => (
          <Fire key={schedule.name} schedule={schedule} />
        ))}
      </ul>
    </Section>
  );
}

function Fire({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const last = schedule.last_run;
  return (
    <li className={classes.fire}>
      <Link to="/schedules/$name" params={{ name: schedule.name } as never} className="foreign">
        {schedule.name}
      </Link>
      <Ago at={schedule.next_at!} isDue />
      <span className={classes.last}>
        {last ? <StateMark tone={TONES[last.status] ?? "idle"}>{t(`overview.run.${last.status}`, { defaultValue: last.status })}</StateMark> : t("overview.neverRan")}
      </span>
    </li>
  );
}
