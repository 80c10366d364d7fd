import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { Problem } from "../../ui/Problem";
import { StateMark, StateShape } from "../../ui/StateMark";
import classes from "./Jobs.module.css";
import { Progress } from "./Progress";
import { lane as lanes } from "./kinds";
import { holdsQuery, isHeld, jobQuery, queueQuery } from "./queries";
import type { components } from "../../api/schema";

type Queued = components["schemas"]["QueuedJob"];

const MOST_WAITING = 5;

/** What runs and what waits, lane by lane, as it is now. */
export function Lanes() {
  const { t } = useTranslation();
  const queue = useQuery(queueQuery);
  const holds = useQuery(holdsQuery);
  if (queue.error && !queue.data) return <Problem error={queue.error} onRetry={() => void queue.refetch()} />;
  if (queue.data?.lanes.length === 0) return <p className={classes.quiet}>{t("jobs.quiet")}</p>;
  return <div className={classes.lanes}>{queue.data?.lanes.map((lane) => <Lane key={lane.lane} lane={lane} isHeld={isHeld(lane.lane, holds.data?.holds ?? [])} />)}</div>;
}

function Lane({ lane, isHeld }: { lane: components["schemas"]["LaneQueue"]; isHeld: boolean }) {
  const { t } = useTranslation();
  const free = Math.max(0, lane.concurrency - lane.active.length);
  const hidden = lane.jobs.length - MOST_WAITING;
  return (
    <div className={classes.lane}>
      <div className={classes.laneHead}>
        <span className={classes.laneName}>{lane.lane}</span>
        {isHeld && <StateMark tone="warn">{t("jobs.isHeld")}</StateMark>}
        <span className={classes.laneCount}>{t("jobs.laneCount", { active: lane.active.length, slots: lane.concurrency, waiting: lane.jobs.length })}</span>
        <Buttons isRow kind={lanes} thing={{ lane: lane.lane, isHeld }} />
      </div>
      {lane.active.map((id) => (
        <Active key={id} id={id} />
      ))}
      {Array.from({ length: Math.min(free, 3) }, (_, index) => (
        <div key={index} className={classes.slot} data-free>
          {t("jobs.freeSlot")}
        </div>
      ))}
      {lane.jobs.slice(0, MOST_WAITING).map((job) => (
        <Link key={job.job_id} to="/jobs/$id" params={{ id: String(job.job_id) }} className={classes.slot} data-waiting>
          <StateShape tone={job.pause_reason ? "warn" : "idle"} />
          <span>
            #{job.job_id} {job.action}
          </span>
          <span>{waitsFor(job, t)}</span>
        </Link>
      ))}
      {hidden > 0 && <span className={classes.laneHead}>{t("jobs.moreWaiting", { count: hidden })}</span>}
    </div>
  );
}

/** Why it does not run yet; one that had to step back says so. */
function waitsFor(job: Queued, t: TFunction): string {
  if (job.blocked_by) return t(`jobs.blockedBy.${job.blocked_by}`);
  const place = t("jobs.place", { place: job.place });
  return job.pause_reason === "preempted" ? t("jobs.madeRoom", { place }) : place;
}

/** What runs, with how far it is. */
function Active({ id }: { id: number }) {
  const { t } = useTranslation();
  const job = useQuery(jobQuery(id));
  return (
    <Link to="/jobs/$id" params={{ id: String(id) }} className={classes.slot} data-running>
      <StateMark tone="busy">
        #{id} {job.data?.action}
      </StateMark>
      <span>{t("jobs.status.active")}</span>
      {job.data && <Progress counts={job.data.counts} />}
    </Link>
  );
}
