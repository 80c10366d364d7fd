import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import type { Tone } from "../../ui/state";

export type Job = components["schemas"]["JobInfo"];
export type JobReport = components["schemas"]["JobReport"];
export type JobStatus = Job["status"];
export type Counts = components["schemas"]["JobCounts"];
export type Item = components["schemas"]["ItemInfo"];

export const JOBS = ["jobs"] as const;
const PAGE = 200;

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

export function jobsQuery(status: JobStatus[], action: string) {
  return infiniteQueryOptions({
    queryKey: [...JOBS, "list", status, action],
    queryFn: ({ pageParam }) =>
      read(api.GET("/api/v1/jobs", { params: { query: { status, action: action || null, before: pageParam, limit: PAGE } } })),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.more ? (page.jobs.at(-1)?.job_id ?? null) : null),
  });
}

export const queueQuery = queryOptions({ queryKey: [...JOBS, "queue"], queryFn: () => read(api.GET("/api/v1/jobs/queue")) });
export const statsQuery = queryOptions({ queryKey: [...JOBS, "stats"], queryFn: () => read(api.GET("/api/v1/jobs/stats")) });
export const recoveryQuery = queryOptions({ queryKey: [...JOBS, "recovery"], queryFn: () => read(api.GET("/api/v1/jobs/recovery")) });
export const actionsQuery = queryOptions({ queryKey: ["job-actions"], queryFn: () => read(api.GET("/api/v1/jobs/actions")) });

export function jobQuery(id: number) {
  return queryOptions({
    queryKey: [...JOBS, "one", id],
    queryFn: () => read(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: id } } })),
  });
}

export function whyQuery(id: number) {
  return queryOptions({
    queryKey: [...JOBS, "why", id],
    queryFn: () => read(api.GET("/api/v1/jobs/{job_id}/why", { params: { path: { job_id: id } } })),
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
