import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { stream } from "../../live/stream";
import { actorName } from "../../ui/actor";
import type { Tone } from "../../ui/state";

export type Job = components["schemas"]["JobInfo"];
export type JobReport = components["schemas"]["JobReport"];
export type JobStatus = Job["status"];
export type Counts = components["schemas"]["JobCounts"];
export type Action = components["schemas"]["ActionInfo"];
export type Item = components["schemas"]["ItemInfo"];

export type Hold = components["schemas"]["HoldInfo"];

export const JOBS = ["jobs"] as const;
/** Families of events after which any of it may be different. */
export const CHANGES = ["job.", "hold."] as const;
const PAGE = 200;

/** Items have no events: while a job runs, how far it is is asked for, in milliseconds. */
export const PROGRESS_EVERY = 2000;

/** Whether it may have come further; nothing moves while the stream is paused. */
export function progressEvery(isRunning: boolean): number | false {
  return isRunning && stream.connection().state !== "paused" ? PROGRESS_EVERY : false;
}

export const STATUSES: JobStatus[] = ["active", "queued", "paused", "interrupted", "failed", "completed", "cancelled"];

export const TONES: Record<JobStatus, Tone> = {
  active: "busy",
  queued: "idle",
  paused: "warn",
  interrupted: "warn",
  failed: "bad",
  completed: "ok",
  cancelled: "shut",
};

/** Who has submitted it; operators of the console by their names alone, as everywhere in it. */
export function creatorOf({ created_name, created_by }: Pick<Job, "created_name" | "created_by">): string {
  return created_name || actorName(created_by);
}

/** A page of those that are like that, the newest first; before: the number of a job; null: from the newest on. */
export function jobPage(status: JobStatus[], action: string, before: number | null) {
  return read(api.GET("/api/v1/jobs", { params: { query: { status, action: action || null, before, limit: PAGE } } }));
}

/** Not one of `JOBS`, which are read anew after each event: `useJobList` keeps it new. */
export function jobsQuery(status: JobStatus[], action: string) {
  return infiniteQueryOptions({
    queryKey: ["job-list", status, action],
    queryFn: ({ pageParam }) => jobPage(status, action, pageParam),
    refetchOnMount: (query) => (query.state.data?.pages.length ?? 0) <= 1,
    refetchOnWindowFocus: false,
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.more ? (page.jobs.at(-1)?.job_id ?? null) : null),
  });
}

export const queueQuery = queryOptions({ queryKey: [...JOBS, "queue"], queryFn: () => read(api.GET("/api/v1/jobs/queue")) });
export const holdsQuery = queryOptions({ queryKey: [...JOBS, "holds"], queryFn: () => read(api.GET("/api/v1/jobs/holds")) });
export const statsQuery = queryOptions({ queryKey: [...JOBS, "stats"], queryFn: () => read(api.GET("/api/v1/jobs/stats")) });
export const recoveryQuery = queryOptions({ queryKey: [...JOBS, "recovery"], queryFn: () => read(api.GET("/api/v1/jobs/recovery")) });
export const actionsQuery = queryOptions({ queryKey: ["job-actions"], queryFn: () => read(api.GET("/api/v1/jobs/actions")) });

/** Whether a lane begins no jobs, because it or everything is held. */
export function isHeld(lane: string, holds: readonly Hold[]): boolean {
  return holds.some((hold) => hold.scope === "all" || (hold.scope === "lane" && hold.name === lane));
}

export function jobQuery(id: number) {
  return queryOptions({
    queryKey: [...JOBS, "one", id],
    queryFn: () => read(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: id } } })),
    refetchInterval: ({ state }) => progressEvery(state.data?.status === "active"),
  });
}

export function whyQuery(id: number) {
  return queryOptions({
    queryKey: [...JOBS, "why", id],
    queryFn: () => read(api.GET("/api/v1/jobs/{job_id}/why", { params: { path: { job_id: id } } })),
    refetchInterval: ({ state }) => progressEvery(state.data?.status === "active"),
  });
}

/** Failures first: they are what people look for. */
export function itemsQuery(id: number, state: Item["state"][]) {
  return infiniteQueryOptions({
    queryKey: [...JOBS, "items", id, state],
    queryFn: ({ pageParam }) =>
      read(api.GET("/api/v1/jobs/{job_id}/items", { params: { path: { job_id: id }, query: { state, after: pageParam, limit: PAGE } } })),
    initialPageParam: -1,
    getNextPageParam: (page) => (page.more ? (page.items.at(-1)?.position ?? null) : null),
  });
}
