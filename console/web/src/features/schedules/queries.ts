import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import type { Tone } from "../../ui/state";

export type Schedule = components["schemas"]["ScheduleInfo"];
export type ScheduleReport = components["schemas"]["ScheduleReport"];
export type Run = components["schemas"]["ScheduleRun"];
/** A run in a strip. */
export type Mark = components["schemas"]["RunMark"];
export type Definition = Record<string, unknown>;

/** A schedule as it was seen, and the name by which a change says so. */
export interface Seen {
  report: ScheduleReport;
  tag: string;
}

export const SCHEDULES = ["schedules"] as const;
const PAGE = 60;

export const TONES: Record<string, Tone> = {
  active: "busy",
  queued: "idle",
  waiting: "idle",
  paused: "warn",
  interrupted: "warn",
  failed: "bad",
  missed: "warn",
  completed: "ok",
  cancelled: "shut",
  skipped: "idle",
};

const OPEN = ["queued", "active", "paused", "interrupted", "waiting"];

/** Whether a run in this state can still be stopped. */
export const isOpen = (status: string) => OPEN.includes(status);

/** Runs in the strip of a row. */
export const STRIP = 30;

export const listQuery = infiniteQueryOptions({
  queryKey: [...SCHEDULES, "list"],
  queryFn: ({ pageParam }) => read(api.GET("/api/v1/schedules", { params: { query: { cursor: pageParam, runs: STRIP } } })),
  initialPageParam: "",
  getNextPageParam: (page) => (page.more ? (page.schedules.at(-1)?.name ?? null) : null),
});

export function scheduleQuery(name: string) {
  return queryOptions({
    queryKey: [...SCHEDULES, "one", name],
    queryFn: async (): Promise<Seen> => {
      const { data, response } = await api.GET("/api/v1/schedules/{name}", { params: { path: { name } } });
      return { report: data as ScheduleReport, tag: response.headers.get("ETag") ?? "*" };
    },
  });
}

export function historyQuery(name: string) {
  return infiniteQueryOptions({
    queryKey: [...SCHEDULES, "runs", name, "pages"],
    queryFn: ({ pageParam }) => read(api.GET("/api/v1/schedules/{name}/history", { params: { path: { name }, query: { cursor: pageParam, limit: PAGE } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.more ? (page.runs.at(-1)?.planned_at ?? null) : null),
  });
}

/** What a definition would mean; an error says in a sentence what is wrong with it. */
export function meaningQuery(definition: { cron: string } & Definition) {
  return queryOptions({
    queryKey: [...SCHEDULES, "meaning", definition],
    queryFn: () => read(api.POST("/api/v1/schedules/check", { body: definition })),
    enabled: definition.cron !== "",
    retry: false,
    staleTime: 60_000,
  });
}
