/** Kinds of events that triggers mean, and what one of each looks like. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import { WORKFLOWS } from "./waiting";
import type { Trigger } from "./queries";

const KINDS: Record<string, string[]> = {
  zone_entry: ["zone.entered"],
  zone_exit: ["zone.left"],
  user_online: ["user.online"],
  user_offline: ["user.offline"],
  user_registered: ["user.registered"],
  user_group_changed: ["user.group_changed"],
  alert_created: ["alert.created"],
  alert_acknowledged: ["alert.acknowledged"],
  alert_resolved: ["alert.resolved"],
  message_received: ["message.received"],
  bot_trigger_fired: ["bot.triggered"],
  worker_connected: ["mesh.connected"],
  worker_disconnected: ["mesh.disconnected"],
  worker_failed: ["mesh.failed"],
  mesh_kicked: ["block.set"],
  job_failed: ["job.failed"],
};

/** Kinds of events that may begin a workflow; of `job.*` all. */
export function kindsOf(triggers: readonly Trigger[]): string[] {
  return [...new Set(triggers.flatMap(({ type, config }) => (type === "event" ? [String(config?.kind ?? "")] : (KINDS[type] ?? []))))];
}

const DATA: Record<string, Record<string, unknown>> = {
  zone: { zone: "harbour", user_name: "Ann" },
  user: { user_name: "Ann" },
  alert: { title: "A sample", severity: "warning", source: "sample" },
  message: { text: "hello", user_name: "Ann" },
  job: { action: "sample", error: "a sample" },
};

/** An event that may begin it. */
export function sample(kind: string): object {
  const family = kind.split(".")[0] ?? "";
  const subject = family === "mesh" || family === "block" ? "lobby" : "1";
  return { kind, subject, mesh_id: "lobby", data: DATA[family] ?? {} };
}

/** Of how many events it is said why. */
const MOST = 8;

/** The newest events that a workflow looks at. */
export function recentQuery(kinds: readonly string[]) {
  return queryOptions({
    queryKey: [...WORKFLOWS, "recent", kinds],
    queryFn: async () => (await read(api.GET("/api/v1/events", { params: { query: { kinds: kinds.join(","), limit: MOST } } }))).events.toReversed(),
    enabled: kinds.length > 0,
  });
}

/** One recorded event; null: it is not kept any more. */
export function eventQuery(seq: number) {
  return queryOptions({
    queryKey: ["event", seq],
    queryFn: async () => {
      const { events } = await read(api.GET("/api/v1/events", { params: { query: { cursor: seq - 1, limit: 1 } } }));
      return events[0]?.seq === seq ? events[0] : null;
    },
    staleTime: Infinity,
  });
}

/** Of how many workflows it is said at a time why they did or did not run. */
const AT_A_TIME = 50;

/** Why each workflow that looks at such events did or did not run at one. */
export function reasonsQuery(seq: number) {
  return infiniteQueryOptions({
    queryKey: [...WORKFLOWS, "reasons", seq],
    queryFn: ({ pageParam }) => read(api.GET("/api/processes/why", { params: { query: { seq, limit: AT_A_TIME, offset: pageParam } } })),
    initialPageParam: 0,
    getNextPageParam: (page, pages) => {
      const seen = pages.reduce((sum, one) => sum + one.reasons.length, 0);
      return seen < page.total ? seen : null;
    },
    retry: false,
  });
}

/** Why a workflow did or did not run at each of some events, by their numbers. */
export function whyQuery(id: string, seqs: readonly number[], revision: number) {
  return queryOptions({
    queryKey: [...WORKFLOWS, "why", id, seqs, revision],
    queryFn: async () => {
      const { reasons } = await read(api.GET("/api/processes/{id}/reasons", { params: { path: { id }, query: { seq: [...seqs] } } }));
      return new Map(reasons.map((one) => [one.seq, one]));
    },
    enabled: seqs.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  });
}
