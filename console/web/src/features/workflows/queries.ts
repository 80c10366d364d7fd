import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import type { Input } from "../../ui/inputs";
import type { Tone } from "../../ui/state";
import { WORKFLOWS } from "./waiting";

type Schemas = components["schemas"];
export type WorkflowInfo = Schemas["ProcessInfo"];
/** A workflow as it was seen, and the name by which a change says so. */
export type WorkflowReport = Schemas["Process"] & { tag: string };
export type Execution = Schemas["Execution"];
export type ExecutionReport = Schemas["ExecutionReport"];
export type ExecutionStep = Schemas["ExecutionStep"];
export type LogEntry = Schemas["LogEntry"];
export type Template = Schemas["Template"];
export type Approval = Schemas["Approval"];
export type Reason = Schemas["Reason"];
export type Found = Schemas["ProblemReport"];
export type Revision = Schemas["Revision"];
export type TrendDay = Schemas["Day"];
export type Document = Record<string, unknown>;

/** A condition in its stored form. */
export type Tree = { all: Tree[] } | { any: Tree[] } | { not: Tree } | { field: string; op: string; value?: unknown };

export interface Step {
  id: string;
  type: string;
  with?: Record<string, unknown>;
  when?: Tree;
  if?: Tree;
  then?: Step[];
  else?: Step[];
  steps?: Step[];
  branches?: Step[][];
  join?: unknown;
  timeout?: number;
  retries?: number;
  on_failure?: "stop" | "continue" | Step[];
}

export interface Trigger {
  type: string;
  config?: Record<string, unknown>;
  when?: Tree;
  is_active?: boolean;
}

/** The stored form of a definition. */
export interface Definition {
  name: string;
  triggers: Trigger[];
  when?: Tree;
  steps: Step[];
  on_failure?: Step[];
  inputs?: Record<string, Input>;
  key?: string;
  mode?: string;
  cooldown?: number;
  threshold?: { count: number; seconds: number };
  rate_limit?: { count: number; seconds: number };
  deadline?: number;
}

const PAGE = 50;

export const STATUSES = ["queued", "running", "waiting", "completed", "failed", "timeout", "cancelled", "skipped"] as const;
export type Status = (typeof STATUSES)[number];

export const TONES: Record<string, Tone> = {
  queued: "idle",
  running: "busy",
  waiting: "busy",
  completed: "ok",
  failed: "bad",
  timeout: "bad",
  cancelled: "shut",
  skipped: "idle",
};

/** Whether an execution has not ended. */
export const isOpen = (status: string) => ["queued", "running", "waiting"].includes(status);

const MOST = 1000;

export const listQuery = queryOptions({
  queryKey: [...WORKFLOWS, "list"],
  queryFn: async () => (await read(api.GET("/api/processes", { params: { query: { limit: MOST } } }))).processes,
});

export function workflowQuery(id: string) {
  return queryOptions({
    queryKey: [...WORKFLOWS, "one", id],
    queryFn: async (): Promise<WorkflowReport> => {
      const { data, response } = await api.GET("/api/processes/{id}", { params: { path: { id } } });
      return { ...(data as WorkflowReport), tag: response.headers.get("ETag") ?? "*" };
    },
  });
}

export function analyticsQuery(id: string) {
  return queryOptions({
    queryKey: [...WORKFLOWS, "analytics", id],
    queryFn: () => read(api.GET("/api/processes/{id}/analytics", { params: { path: { id } } })),
  });
}

export function revisionsQuery(id: string) {
  return queryOptions({
    queryKey: [...WORKFLOWS, "revisions", id],
    queryFn: async () => (await read(api.GET("/api/processes/{id}/revisions", { params: { path: { id } } }))).revisions,
  });
}

export const overviewQuery = queryOptions({
  queryKey: [...WORKFLOWS, "overview"],
  queryFn: () => read(api.GET("/api/processes/analytics/overview", { params: { query: {} } })),
});

/** One revision as it was saved: it changes no more. */
export function revisionQuery(id: string, revision: number) {
  return queryOptions({
    queryKey: ["workflow revision", id, revision],
    queryFn: () => read(api.GET("/api/processes/{id}", { params: { path: { id }, query: { revision } } })),
    staleTime: Infinity,
  });
}

export function executionsQuery(filter: { workflow?: string; status?: Status }) {
  return infiniteQueryOptions({
    queryKey: [...WORKFLOWS, "executions", filter],
    queryFn: ({ pageParam }) =>
      read(api.GET("/api/processes/executions", { params: { query: { process_id: filter.workflow, status: filter.status, limit: PAGE, offset: pageParam } } })),
    initialPageParam: 0,
    getNextPageParam: (page, pages) => {
      const seen = pages.reduce((sum, one) => sum + one.executions.length, 0);
      return seen < page.total ? seen : null;
    },
    placeholderData: keepPreviousData,
  });
}

/** How often an execution that goes on is read again all the same, in milliseconds: the first moves may come before they are told. */
const SOON = 5000;

export function executionQuery(id: number) {
  return queryOptions({
    queryKey: [...WORKFLOWS, "execution", id],
    queryFn: async () => {
      const path = { params: { path: { id } } };
      const [report, { logs }] = await Promise.all([read(api.GET("/api/processes/executions/{id}", path)), read(api.GET("/api/processes/executions/{id}/logs", path))]);
      return { report, logs };
    },
    refetchInterval: ({ state }) => (state.data && isOpen(state.data.report.status) ? SOON : false),
  });
}

export const templatesQuery = queryOptions({
  queryKey: [...WORKFLOWS, "templates"],
  queryFn: async () => (await read(api.GET("/api/processes/templates"))).templates,
});

export const answeredQuery = queryOptions({
  queryKey: [...WORKFLOWS, "answered"],
  queryFn: async () => (await read(api.GET("/api/processes/approvals", { params: { query: { open_only: false } } }))).approvals,
});

/** Everything that is wrong with a definition. */
export function checkQuery(document: Document | undefined) {
  return queryOptions({
    queryKey: [...WORKFLOWS, "check", document],
    queryFn: () => read(api.POST("/api/processes/validate", { body: { document: document ?? {} } })),
    enabled: document !== undefined,
    retry: false,
    gcTime: 0,
  });
}
