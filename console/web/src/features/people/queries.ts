import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";

export type Admin = components["schemas"]["AdminEntry"];
export type Permission = components["schemas"]["PermissionEntry"];
export type Permissions = components["schemas"]["PermissionList"];

export const ACCESS = ["access"] as const;
/** Families of events after which any of it may be different. */
export const CHANGES = ["admin.", "permission.", "credentials.", "session.", "directory."];

export const adminsQuery = infiniteQueryOptions({
  queryKey: [...ACCESS, "admins"],
  queryFn: ({ pageParam }) => read(api.GET("/api/v1/access/admins", { params: { query: { cursor: pageParam } } })),
  initialPageParam: "",
  getNextPageParam: (page) => {
    const last = page.admins.at(-1);
    if (!page.more || !last) return null;
    return last.realm ? `${last.realm}/${last.user_id}` : last.user_id;
  },
});

export const permissionsQuery = queryOptions({
  queryKey: [...ACCESS, "permissions"],
  queryFn: () => read(api.GET("/api/v1/access/permissions")),
});

export const accountQuery = queryOptions({
  queryKey: [...ACCESS, "account"],
  /** Null: there is none. */
  queryFn: async () => (await read(api.GET("/api/v1/access/credentials"))) ?? null,
  retry: false,
});
