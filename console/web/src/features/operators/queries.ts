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

export const ROLES = ["viewer", "operator", "admin", "owner"] as const;
