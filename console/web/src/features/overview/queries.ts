import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";

export type Schedule = components["schemas"]["ScheduleInfo"];
export type ScheduleRun = components["schemas"]["ScheduleRun"];
export type Happening = components["schemas"]["EventRecord"];

export const SCHEDULES = ["schedules"] as const;
export const TODAY = ["overview", "today"] as const;

/** What is worth a glance on the day when it happens, as kinds and as families for the stream. */
const KINDS = [
  "mesh.restarting",
  "mesh.disconnected",
  "mesh.unhealthy",
  "mesh.failed",
  "mesh.blocked",
  "mesh.stopped",
  "block.ended",
  "job.failed",
  "job.interrupted",
  "schedule.failed",
  "schedule.missed",
  "health.alert_raised",
  "health.alert_cleared",
] as const;
export const TODAYS: readonly string[] = KINDS;

const MOST_EVENTS = 1000;

export const schedulesQuery = queryOptions({ queryKey: [...SCHEDULES, "overview"], queryFn: () => read(api.GET("/api/v1/schedules")) });

export const todayQuery = queryOptions({
  queryKey: TODAY,
  queryFn: () => read(api.GET("/api/v1/events", { params: { query: { kinds: KINDS.join(","), limit: MOST_EVENTS } } })),
});
