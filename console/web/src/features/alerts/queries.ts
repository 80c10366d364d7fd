import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import type { Tone } from "../../ui/state";

export type Alert = components["schemas"]["AlertInfo"];
export type AlertReport = components["schemas"]["AlertReport"];
export type Counts = components["schemas"]["AlertCounts"];

/** In the order in which people care for them. */
export const STATES = ["open", "acknowledged", "resolved"] as const;
export type State = (typeof STATES)[number];
/** The least first. */
export const SEVERITIES = ["info", "warning", "critical", "emergency"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Filter {
  severity?: Severity;
  source?: string;
  user?: string;
  zone?: string;
  mesh?: string;
}

export const ALERTS = ["alerts"] as const;
/** Families of events after which any of it may be different. */
export const CHANGES = ["alert."];
const PAGE = 100;

export const TONES: Record<string, Tone> = { open: "warn", acknowledged: "busy", resolved: "ok" };
export const SEVERITY_TONES: Record<string, Tone> = { info: "idle", warning: "warn", critical: "bad", emergency: "bad" };

function queryOf({ severity, source, user, zone, mesh }: Filter) {
  return { severity, source, user_id: user, zone, mesh_id: mesh };
}

export function listQuery(state: State, filter: Filter) {
  return infiniteQueryOptions({
    queryKey: [...ALERTS, "list", state, filter],
    queryFn: ({ pageParam }) => read(api.GET("/api/v1/station/alerts", { params: { query: { ...queryOf(filter), state, before: pageParam, limit: PAGE } } })),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.more ? (page.alerts.at(-1)?.id ?? null) : null),
  });
}

/** Of all alerts, whatever the filters are. */
export const countsQuery = queryOptions({
  queryKey: [...ALERTS, "counts"],
  queryFn: async () => (await read(api.GET("/api/v1/station/alerts", { params: { query: { limit: 1 } } }))).counts,
});

/** The newest that nobody takes care of, from warnings on: what the overview has of them. */
export const openQuery = queryOptions({
  queryKey: [...ALERTS, "open"],
  queryFn: async () => (await read(api.GET("/api/v1/station/alerts", { params: { query: { state: "open", severity: "warning", limit: PAGE } } }))).alerts,
});

export function alertQuery(number: number) {
  return queryOptions({
    queryKey: [...ALERTS, "one", number],
    queryFn: () => read(api.GET("/api/v1/station/alerts/{number}", { params: { path: { number } } })),
  });
}

/** The newest about a user. */
export function ofUserQuery(user: string) {
  return queryOptions({
    queryKey: [...ALERTS, "of", user],
    queryFn: async () => (await read(api.GET("/api/v1/station/alerts", { params: { query: { user_id: user, limit: 20 } } }))).alerts,
  });
}

/** The worst first, and of those that are alike the newest. */
export function worstFirst(alerts: readonly Alert[]): Alert[] {
  const rank = ({ severity }: Alert) => SEVERITIES.indexOf(severity as Severity);
  return alerts.toSorted((one, other) => rank(other) - rank(one) || other.id - one.id);
}
