import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";

export const operatorsQuery = queryOptions({
  queryKey: ["operators"],
  queryFn: () => read(api.GET("/api/v1/operators")),
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: () => read(api.GET("/api/v1/tokens")),
});

export const mySessionsQuery = queryOptions({
  queryKey: ["my-sessions"],
  queryFn: () => read(api.GET("/api/v1/operators/me/sessions")),
});

export const myPasskeysQuery = queryOptions({
  queryKey: ["my-passkeys"],
  queryFn: () => read(api.GET("/api/v1/passkeys")),
});

/** Seconds for which a link can be used: a day. */
export const LINK_LASTS = 86_400;

/** The address that a link leads to; what is behind the # is sent to no server. */
export const linkTo = (secret: string) => `${location.origin}/welcome#${secret}`;

export const ROLES = ["viewer", "operator", "admin", "owner"] as const;
