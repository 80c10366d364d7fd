import { useTranslation } from "react-i18next";
import { StateMark } from "../../ui/StateMark";
import { type Job, TONES } from "./queries";
import { isWaiting } from "./waiting";

/** How a job is, in a word: one that goes on when it is its turn waits, though it has run before. */
export function JobState({ job }: { job: Pick<Job, "status" | "ready" | "pause_reason"> }) {
  const { t } = useTranslation();
  if (!isWaiting(job)) return <StateMark tone={TONES[job.status]}>{t(`jobs.status.${job.status}`)}</StateMark>;
  return job.pause_reason === "preempted" ? <StateMark tone="warn">{t("jobs.steppedBack")}</StateMark> : <StateMark tone="idle">{t("jobs.status.queued")}</StateMark>;
}
