import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import type { Tone } from "../../ui/state";

export type Notification = components["schemas"]["NotificationInfo"];
export type Report = components["schemas"]["NotificationReport"];
export type Preference = components["schemas"]["PreferencesInfo"];
export type Channel = components["schemas"]["ChannelInfo"];

export const STATES = ["pending", "sending", "sent", "failed", "digested", "suppressed"] as const;
export type State = (typeof STATES)[number];
export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Filter {
  state?: State;
  severity?: Severity;
  channel?: string;
}

export const NOTIFICATIONS = ["notifications"] as const;
/** Families of events after which any of it may be different. */
export const CHANGES = ["notification."];
const PAGE = 100;

export const TONES: Record<string, Tone> = { pending: "busy", sending: "busy", sent: "ok", failed: "bad", digested: "ok", suppressed: "idle" };
export const SEVERITY_TONES: Record<string, Tone> = { info: "idle", warning: "warn", critical: "bad" };

export function listQuery({ state, severity, channel }: Filter) {
  return infiniteQueryOptions({
    queryKey: [...NOTIFICATIONS, "list", state, severity, channel],
    queryFn: ({ pageParam }) => read(api.GET("/api/v1/notifications", { params: { query: { state, severity, channel, before: pageParam, limit: PAGE } } })),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.more ? (page.notifications.at(-1)?.id ?? null) : null),
  });
}

export const channelsQuery = queryOptions({ queryKey: [...NOTIFICATIONS, "channels"], queryFn: () => read(api.GET("/api/v1/notifications/channels")) });

export const preferencesQuery = queryOptions({ queryKey: [...NOTIFICATIONS, "preferences"], queryFn: () => read(api.GET("/api/v1/notifications/preferences")) });

/** Of somebody who may have said nothing, too. */
export function preferencesOfQuery(user_id: string) {
  return queryOptions({
    queryKey: [...NOTIFICATIONS, "preferences", user_id],
    queryFn: async () => (await read(api.GET("/api/v1/notifications/preferences/{user_id}", { params: { path: { user_id } } }))).preferences[0]!,
  });
}

export function notificationQuery(number: number) {
  return queryOptions({
    queryKey: [...NOTIFICATIONS, "one", number],
    queryFn: () => read(api.GET("/api/v1/notifications/{number}", { params: { path: { number } } })),
  });
}
