import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";

export type User = components["schemas"]["UserInfo"];
export type UserReport = components["schemas"]["UserReport"];
export type UserCounts = components["schemas"]["UserCounts"];
export type Position = components["schemas"]["PositionInfo"];
export type Group = components["schemas"]["GroupInfo"];

export interface Filter {
  online?: boolean;
  registered?: boolean;
  group?: string;
  zone?: string;
  mesh?: string;
  text?: string;
}

export const USERS = ["users"] as const;
/** Families of events after which any of it may be different. */
export const CHANGES = ["user.online", "user.offline", "user.registered", "user.group_changed", "zone.", "group."];
const PAGE = 100;
/** The most that one request may ask for. */
const MOST = 500;
/** Positions have no event of their own: how often they are read while somebody looks, in milliseconds. */
export const EVERY = 5000;

export function listQuery({ online, registered, group, zone, mesh, text }: Filter) {
  return infiniteQueryOptions({
    queryKey: [...USERS, "list", online, registered, group, zone, mesh, text],
    queryFn: ({ pageParam }) => read(api.GET("/api/v1/station/users", { params: { query: { online, registered, group, zone, mesh_id: mesh, text, cursor: pageParam, limit: PAGE } } })),
    initialPageParam: "",
    getNextPageParam: (page) => (page.more ? (page.users.at(-1)?.user_id ?? null) : null),
    refetchInterval: EVERY * 2,
  });
}

export const countsQuery = queryOptions({
  queryKey: [...USERS, "counts"],
  queryFn: async () => (await read(api.GET("/api/v1/station/users", { params: { query: { limit: 1 } } }))).counts,
});

/** Where the API has a user: by the id, and by the network where it is another than the platform (`irc/ann`). */
export function ofUser(id: string) {
  const at = id.indexOf("/");
  return { path: { user_id: id.slice(at + 1) }, query: { realm: id.slice(0, Math.max(0, at)) } };
}

export function userQuery(id: string) {
  return queryOptions({
    queryKey: [...USERS, "one", id],
    queryFn: () => read(api.GET("/api/v1/station/users/{user_id}", { params: ofUser(id) })),
    refetchInterval: EVERY,
  });
}

export function positionsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: [...USERS, "positions", id],
    queryFn: ({ pageParam }) => read(api.GET("/api/v1/station/users/{user_id}/positions", { params: { path: ofUser(id).path, query: { ...ofUser(id).query, cursor: pageParam, limit: PAGE } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.more ? (page.positions.at(-1)?.at ?? null) : null),
    refetchInterval: EVERY,
  });
}

export const groupsQuery = queryOptions({
  queryKey: [...USERS, "groups"],
  queryFn: async () => (await read(api.GET("/api/v1/station/groups", { params: { query: { limit: MOST } } }))).groups,
});

const OF_USERS = ["user.online", "user.offline", "user.registered", "user.group_changed", "zone.entered", "zone.left", "alert.*", "message.*"];
const MOST_EVENTS = 1000;

/** What is known of a user's doings, the newest first, among the newest events of all. */
export function doingsQuery(id: string) {
  return queryOptions({
    queryKey: [...USERS, "doings", id],
    queryFn: async () => {
      const { events } = await read(api.GET("/api/v1/events", { params: { query: { kinds: OF_USERS.join(","), limit: MOST_EVENTS } } }));
      return events.filter(({ subject, actor, data }) => subject === id || actor === id || data.user_id === id).toReversed();
    },
  });
}
