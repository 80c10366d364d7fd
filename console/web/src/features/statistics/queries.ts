import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";

export type Day = components["schemas"]["UsageDay"];
export type Rank = components["schemas"]["UsageRank"];

/** What the page is about; it is in the address, so that it can be sent to others. */
export interface About {
  mesh?: string;
  user?: string;
  days?: number;
}

const STATISTICS = ["statistics"] as const;

/** Days that can be chosen; the first is what is shown otherwise. */
export const SPANS = [30, 90, 365] as const;

/** The query of the API: `last` is the newest day of which there are statistics. */
export function bounds(about: About, last?: string): Record<string, string> {
  const days = about.days ?? SPANS[0];
  if (days === SPANS[0] || last === undefined) return {};
  const first = new Date(`${last}T00:00:00Z`);
  first.setUTCDate(first.getUTCDate() - days + 1);
  return { first: first.toISOString().slice(0, 10), last };
}

export function daysQuery(about: About, last?: string) {
  const query = { mesh_id: about.mesh, user: about.user, ...bounds(about, last) };
  return queryOptions({
    queryKey: [...STATISTICS, "days", query],
    queryFn: () => read(api.GET("/api/v1/statistics/days", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

export function weekQuery(about: About, last?: string) {
  const query = { mesh_id: about.mesh, ...bounds(about, last) };
  return queryOptions({
    queryKey: [...STATISTICS, "week", query],
    queryFn: () => read(api.GET("/api/v1/statistics/hours", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

export function topQuery(of: "meshes" | "users" | "commands", about: About, last?: string) {
  const query = { mesh_id: about.mesh, user: about.user, ...bounds(about, last) };
  return queryOptions({
    queryKey: [...STATISTICS, "top", of, query],
    queryFn: () => read(api.GET("/api/v1/statistics/top/{of}", { params: { path: { of }, query } })),
    placeholderData: keepPreviousData,
  });
}
