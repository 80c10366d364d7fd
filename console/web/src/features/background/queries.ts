import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import type { Tone } from "../../ui/state";

export type Command = components["schemas"]["BackgroundCommand"];

export const BACKGROUND = ["background"] as const;

export const TONES: Record<string, Tone> = { running: "busy", completed: "ok", failed: "bad", cancelled: "idle", crashed: "bad" };

/** Milliseconds between two looks: there are no events of commands that need no supervisor. */
const SOON = 2_000;
const LATER = 15_000;
const LINES = 500;

export const listQuery = queryOptions({
  queryKey: [...BACKGROUND, "list"],
  queryFn: () => read(api.GET("/api/v1/background")),
  refetchInterval: (query) => (query.state.data?.running ? SOON : LATER),
});

export function commandQuery(name: string) {
  return queryOptions({
    queryKey: [...BACKGROUND, "one", name],
    queryFn: () => read(api.GET("/api/v1/background/{name}", { params: { path: { name }, query: { lines: LINES } } })),
    refetchInterval: (query) => (query.state.data?.command.status === "running" ? SOON : false),
  });
}
