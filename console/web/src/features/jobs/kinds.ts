/** What can be done with jobs and with lanes. */
import { worded } from "../../i18n/worded";
import type { ActionContext, ActionOn, Kind } from "../../app/features";
import { type Done, perform } from "../../app/perform";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { confirm, failed } from "../../ui/confirm";
import { isWaiting } from "./waiting";
import { holdsQuery, isHeld, type Job, JOBS, type JobStatus, queueQuery } from "./queries";

type Some = Pick<Job, "job_id" | "action" | "status"> & { ready?: boolean };
type Decision = "pause" | "resume" | "cancel" | "retry";

const MOST_NAMED = 3;

/** Jobs that the palette finds by name: those that have not ended, up to this. Others are found by their number. */
const MOST_FOUND = 200;

/** What takes a decision back; others are for good. */
const OPPOSITE: Partial<Record<Decision, Decision>> = { pause: "resume", resume: "pause" };

const ask: Record<Decision, (job_ids: number[]) => Promise<components["schemas"]["JobOutcomes"]>> = {
  pause: (job_ids) => read(api.POST("/api/v1/jobs/pause", { body: { job_ids } })),
  resume: (job_ids) => read(api.POST("/api/v1/jobs/resume", { body: { job_ids } })),
  cancel: (job_ids) => read(api.POST("/api/v1/jobs/cancel", { body: { job_ids } })),
  retry: (job_ids) => read(api.POST("/api/v1/jobs/retry", { body: { job_ids } })),
};

/** In a sentence, which names the job. */
function outcomeOf({ job_id, text }: components["schemas"]["JobOutcome"]): string {
  const sentence = worded(text);
  return new RegExp(`\\b${job_id}\\b`).test(sentence) ? sentence : `#${job_id}: ${sentence}`;
}

function deciding(decision: Decision, states: readonly JobStatus[], more: Partial<ActionOn<Some>> = {}): ActionOn<Some> {
  return {
    id: `jobs.${decision}`,
    label: `jobs.${decision}`,
    sentence: `jobs.do.${decision}`,
    scope: "jobs:operate",
    isPossible: (one) => states.includes(isWaiting(one) ? "queued" : one.status),
    async run(jobs, context) {
      const { t } = context;
      const ids = jobs.map((job) => job.job_id);
      const count = ids.length;
      const named = ids.slice(0, MOST_NAMED).map((id) => `#${id}`).join(", ");
      const names = count > MOST_NAMED ? t("jobs.named", { shown: named, count: count - MOST_NAMED }) : named;
      const question = { title: t(`jobs.decide.${decision}`, { count }), body: t(`jobs.decide.${decision}Body`, { count, ids: names }), button: t(`jobs.${decision}`) };
      if ((decision === "cancel" || count > 1) && !(await confirm(question))) return false;
      return perform(context, JOBS, async (): Promise<Done | void> => {
        const outcomes = (await ask[decision](ids)).jobs;
        for (const one of outcomes.filter((outcome) => !outcome.ok).slice(0, MOST_NAMED)) failed(new Error(outcomeOf(one)));
        const done = outcomes.filter((outcome) => outcome.ok);
        const opposite = OPPOSITE[decision];
        if (done.length === 0) return;
        const said = done.slice(0, MOST_NAMED).map(outcomeOf).join(" ");
        return {
          message: done.length > MOST_NAMED ? `${said} ${t("jobs.andMore", { count: done.length - MOST_NAMED })}` : said,
          undo: opposite && (() => ask[opposite](done.map((one) => one.job_id))),
        };
      });
    },
    ...more,
  };
}

export const job: Kind<Some> = {
  name: "job",
  scope: "jobs:view",
  all: async () => (await read(api.GET("/api/v1/jobs", { params: { query: { status: ["active", "queued", "paused", "interrupted"], limit: MOST_FOUND } } }))).jobs,
  numbered: (number) => read(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: number } } })),
  nameOf: ({ job_id, action }) => `#${job_id} ${action}`,
  pathOf: ({ job_id }) => `/jobs/${job_id}`,
  actions: [
    deciding("resume", ["paused", "interrupted"], { isMain: true }),
    deciding("pause", ["queued", "active", "interrupted"]),
    deciding("cancel", ["queued", "active", "paused", "interrupted"]),
    deciding("retry", ["completed", "failed", "cancelled"], { isMain: true }),
  ],
};

/** A lane, and whether it is kept from beginning jobs. */
export interface Lane {
  lane: string;
  isHeld: boolean;
}

const holdLane = (name: string) => read(api.POST("/api/v1/jobs/hold", { body: { scope: "lane", name } }));
const releaseLane = (name: string) => read(api.POST("/api/v1/jobs/release", { body: { scope: "lane", name } }));

function holding(isHold: boolean): ActionOn<Lane> {
  const verb = isHold ? "hold" : "release";
  const [now, back] = isHold ? [holdLane, releaseLane] : [releaseLane, holdLane];
  return {
    id: `jobs.${verb}`,
    label: `jobs.${verb}`,
    sentence: `jobs.do.${verb}`,
    scope: "jobs:operate",
    keywords: isHold ? "pause" : "resume",
    isPossible: ({ isHeld }) => isHeld !== isHold,
    run: (lanes, context) =>
      perform(context, JOBS, async () => {
        for (const { lane } of lanes) await now(lane);
        const names = lanes.map(({ lane }) => lane);
        return { message: context.t(`jobs.did.${verb}`, { names: names.join(", ") }), undo: () => Promise.all(names.map(back)) };
      }),
  };
}

export const lane: Kind<Lane> = {
  name: "lane",
  scope: "jobs:view",
  all: async (queries) => {
    const [{ lanes }, { holds }] = await Promise.all([queries.ensureQueryData(queueQuery), queries.ensureQueryData(holdsQuery)]);
    return lanes.map(({ lane }) => ({ lane, isHeld: isHeld(lane, holds) }));
  },
  nameOf: ({ lane }) => lane,
  actions: [holding(true), holding(false)],
};

export const kinds = [job, lane];

/** Answer the question after a crash, for all jobs that it has interrupted. */
export function recover(decision: "resume" | "cancel", count: number, context: ActionContext): Promise<boolean> {
  return perform(context, JOBS, async () => {
    await api.POST("/api/v1/jobs/recover", { body: { decision } });
    return context.t(`jobs.recovery.${decision}d`, { count });
  });
}

/** End a hold of a lane, of what shares a rate limit, or of everything. */
export function release(scope: components["schemas"]["Held"]["scope"], name: string, context: ActionContext): Promise<boolean> {
  const body = { scope, name };
  return perform(context, JOBS, async () => {
    await read(api.POST("/api/v1/jobs/release", { body }));
    const names = name || context.t("jobs.everything");
    return { message: context.t("jobs.did.release", { names }), undo: () => read(api.POST("/api/v1/jobs/hold", { body })) };
  });
}
