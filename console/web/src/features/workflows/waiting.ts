/** What the first page reads of workflows: it loads nothing else of them. */
import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";

export const WORKFLOWS = ["workflows"] as const;
/** Families of events after which any of it may be different. */
export const CHANGES = ["workflow."];

/** Questions that wait for a person. */
export const approvalsQuery = queryOptions({
  queryKey: [...WORKFLOWS, "approvals"],
  queryFn: async () => (await read(api.GET("/api/processes/approvals", { params: { query: {} } }))).approvals,
});
