import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import type { User } from "../users/queries";

export type Zone = components["schemas"]["ZoneInfo"];
export type ZoneUser = components["schemas"]["ZoneUser"];

/** A zone as it was seen, and the name by which a change says so. */
export interface Seen {
  zone: Zone;
  tag: string;
}

export const ZONES = ["zones"] as const;
/** Families of events after which any of it may be different. */
export const CHANGES = ["zone.", "user.online", "user.offline"];
/** The most that one request may ask for. */
const PAGE = 500;
/** Users of whom the map shows where they are. */
const MOST_USERS = 2000;
/** Positions have no event of their own: how often they are read while somebody looks, in milliseconds. */
const EVERY = 3000;

export const zonesQuery = queryOptions({
  queryKey: [...ZONES, "all"],
  queryFn: async () => {
    const found: Zone[] = [];
    for (;;) {
      const page = await read(api.GET("/api/v1/station/zones", { params: { query: { cursor: found.at(-1)?.name ?? "", limit: PAGE } } }));
      found.push(...(page.zones as Zone[]));
      if (!page.more) return found;
    }
  },
});

export function zoneQuery(name: string) {
  return queryOptions({
    queryKey: [...ZONES, "one", name],
    queryFn: async (): Promise<Seen> => {
      const { data, response } = await api.GET("/api/v1/station/zones/{name}", { params: { path: { name } } });
      return { zone: data as Zone, tag: response.headers.get("ETag") ?? "*" };
    },
  });
}

export function zoneUsersQuery(name: string) {
  return queryOptions({
    queryKey: [...ZONES, "users", name],
    queryFn: () => read(api.GET("/api/v1/station/zones/{name}/users", { params: { path: { name }, query: { limit: 100 } } })),
    refetchInterval: EVERY,
  });
}

/** Users of whom a position is known; by default those who are online. */
export function locatedQuery(online: boolean | undefined) {
  return queryOptions({
    queryKey: [...ZONES, "located", online],
    queryFn: async () => {
      const found: User[] = [];
      for (;;) {
        const page = await read(api.GET("/api/v1/station/users", { params: { query: { online, cursor: found.at(-1)?.user_id ?? "", limit: PAGE } } }));
        found.push(...page.users);
        if (!page.more || found.length >= MOST_USERS) return found.filter((user) => user.position !== null);
      }
    },
    refetchInterval: EVERY,
  });
}
