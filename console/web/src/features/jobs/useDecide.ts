import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { confirm, failed, said } from "../../ui/confirm";
import { JOBS, type JobStatus } from "./queries";

export type Decision = "pause" | "resume" | "cancel" | "retry";

/** In which states each decision makes sense. */
export const POSSIBLE: Record<Decision, readonly JobStatus[]> = {
  pause: ["queued", "active", "paused", "interrupted"],
  resume: ["paused", "interrupted"],
  cancel: ["queued", "active", "paused", "interrupted"],
  retry: ["completed", "failed", "cancelled"],
};

const MOST_NAMED = 3;

const ask: Record<Decision, (job_ids: number[]) => Promise<components["schemas"]["JobOutcomes"]>> = {
  pause: (job_ids) => read(api.POST("/api/v1/jobs/pause", { body: { job_ids } })),
  resume: (job_ids) => read(api.POST("/api/v1/jobs/resume", { body: { job_ids } })),
  cancel: (job_ids) => read(api.POST("/api/v1/jobs/cancel", { body: { job_ids } })),
  retry: (job_ids) => read(api.POST("/api/v1/jobs/retry", { body: { job_ids } })),
};

/** Decide about jobs: what cannot be taken back is asked first, and every outcome is said. */
export function useDecide() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return async (decision: Decision, ids: number[]) => {
    const count = ids.length;
    if (decision === "cancel" || count > 1) {
      const title = t(`jobs.decide.${decision}`, { count });
      const body = t(`jobs.decide.${decision}Body`, { count, ids: ids.slice(0, MOST_NAMED).map((id) => `#${id}`).join(", ") });
      if (!(await confirm({ title, body, button: t(`jobs.${decision}`) }))) return;
    }
    try {
      const outcomes = (await ask[decision](ids)).jobs;
      for (const outcome of outcomes.slice(0, MOST_NAMED)) (outcome.ok ? said : failed)(`#${outcome.job_id}: ${outcome.text}`);
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: JOBS });
  };
}
