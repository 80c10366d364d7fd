import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { stream } from "../../live/stream";
import { midnight } from "../../ui/times";
import { story } from "./story";

export type Schedule = components["schemas"]["ScheduleInfo"];
export type ScheduleRun = components["schemas"]["ScheduleRun"];
export type Happening = components["schemas"]["EventRecord"];

export type Concern = components["schemas"]["Concern"];
export type InterruptedJob = components["schemas"]["InterruptedJob"];

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
  "mesh.connected",
  "block.ended",
  "job.failed",
  "job.interrupted",
  "schedule.failed",
  "schedule.cannot_run",
  "schedule.missed",
  "health.alert_raised",
  "health.alert_cleared",
] as const;
export const TODAYS: readonly string[] = KINDS;

/** What people are warned of by themselves, and of what they could not be told. */
export const ALERT_KINDS: readonly string[] = ["health.alert_raised", "health.alert_cleared", "notification.failed"];
export const ALERTS = ["overview", "alerts"] as const;

const MOST_EVENTS = 1000;
const MOST_ALERTS = 5;

export const schedulesQuery = queryOptions({ queryKey: [...SCHEDULES, "overview"], queryFn: () => read(api.GET("/api/v1/schedules")) });

/** What is wrong with the supervisor changes without an event; in milliseconds. */
const CONCERNS_EVERY = 10_000;
export const CONCERNS = ["overview", "concerns"] as const;
export const concernsQuery = queryOptions({
  queryKey: CONCERNS,
  refetchOnMount: "always",
  refetchInterval: () => (stream.connection().state === "paused" ? false : CONCERNS_EVERY),
  queryFn: async () => (await read(api.GET("/api/v1/supervisor/concerns"))).concerns,
});

/** A job that failed for its schedule, of which another event tells as well: one line is enough. */
function isOfASchedule({ kind, data }: Happening): boolean {
  return kind === "job.failed" && data?.origin === "schedule";
}

/** The newest ones are read: where a day has more, it is told from here on. In epoch milliseconds. */
export function beginOf(events: readonly Happening[]): number | undefined {
  return events.length < MOST_EVENTS ? undefined : Date.parse(events[0]!.at);
}

export const todayQuery = queryOptions({
  queryKey: TODAY,
  refetchOnMount: "always",
  queryFn: () => read(api.GET("/api/v1/events", { params: { query: { kinds: KINDS.join(","), since: new Date(midnight(Date.now())).toISOString(), limit: MOST_EVENTS } } })),
  select: ({ events }) => ({ begin: beginOf(events), told: story(events.filter((event) => !isOfASchedule(event))) }),
});

export const alertsQuery = queryOptions({
  queryKey: ALERTS,
  // While another page was shown nobody has read them again.
  refetchOnMount: "always",
  queryFn: () => read(api.GET("/api/v1/events", { params: { query: { kinds: ALERT_KINDS.join(","), limit: MOST_ALERTS } } })),
});
