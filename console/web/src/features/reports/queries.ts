import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";

export type Report = components["schemas"]["ReportInfo"];

export const REPORTS = ["reports"] as const;
/** Families of events after which there is another one. */
export const CHANGES = ["report."];
const MOST = 500;

export const listQuery = queryOptions({ queryKey: [...REPORTS, "list"], queryFn: () => read(api.GET("/api/v1/reports", { params: { query: { limit: MOST } } })) });

export function reportQuery(key: string) {
  return queryOptions({ queryKey: [...REPORTS, "one", key], queryFn: () => read(api.GET("/api/v1/reports/{key}", { params: { path: { key } } })) });
}
