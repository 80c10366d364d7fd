import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Problem } from "../../ui/Problem";
import { StateMark, StateShape } from "../../ui/StateMark";
import classes from "./Jobs.module.css";
import { queueQuery } from "./queries";
import type { components } from "../../api/schema";

const MOST_WAITING = 5;

/** What runs and what waits, lane by lane, as it is now. */
export function Lanes() {
  const { t } = useTranslation();
  const queue = useQuery(queueQuery);
  if (queue.error) return <Problem error={queue.error} onRetry={() => void queue.refetch()} />;
  if (queue.data?.lanes.length === 0) return <p className={classes.quiet}>{t("jobs.quiet")}</p>;
  return <div className={classes.lanes}>{queue.data?.lanes.map((lane) => <Lane key={lane.lane} lane={lane} />)}</div>;
}

function Lane({ lane }: { lane: components["schemas"]["LaneQueue"] }) {
  const { t } = useTranslation();
  const free = Math.max(0, lane.concurrency - lane.active.length);
  const hidden = lane.jobs.length - MOST_WAITING;
  return (
    <div className={classes.lane}>
      <div className={classes.laneHead}>
        <span className={classes.laneName}>{lane.lane}</span>
        <span>{t("jobs.laneCount", { active: lane.active.length, slots: lane.concurrency, waiting: lane.jobs.length })}</span>
      </div>
      {lane.active.map((id) => (
        <Link key={id} to="/jobs/$id" params={{ id: String(id) }} className={classes.slot}>
          <StateShape tone="busy" />
          <span>#{id}</span>
          <StateMark tone="busy">{t("jobs.status.active")}</StateMark>
        </Link>
      ))}
      {Array.from({ length: Math.min(free, 3) }, (_, index) => (
        <div key={index} className={classes.slot} data-free>
          {t("jobs.freeSlot")}
        </div>
      ))}
      {lane.jobs.slice(0, MOST_WAITING).map((job) => (
        <Link key={job.job_id} to="/jobs/$id" params={{ id: String(job.job_id) }} className={classes.slot} data-waiting>
          <StateShape tone={job.status === "paused" ? "warn" : "idle"} />
          <span>
            #{job.job_id} {job.action}
          </span>
          <span>{job.blocked_by ? t(`jobs.blockedBy.${job.blocked_by}`) : t("jobs.place", { place: job.place })}</span>
        </Link>
      ))}
      {hidden > 0 && <span className={classes.laneHead}>{t("jobs.moreWaiting", { count: hidden })}</span>}
    </div>
  );
}
