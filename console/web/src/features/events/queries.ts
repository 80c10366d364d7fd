import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { type Family, prefixes } from "./families";

export type EventRecord = components["schemas"]["EventRecord"];
export type AuditRecord = components["schemas"]["AuditRecord"];

export const AUDIT = ["audit"] as const;
const PAGE = 200;
/** The most that one request may ask for. */
const MOST = 1000;
const AUDIT_ENTRIES = 1000;

interface EventPage {
  events: EventRecord[];
  /** Nothing at or below it is read yet; 0: all of the log that is kept is read. */
  from: number;
}

/** Events that match, a page of older ones at a time; new ones come by the stream. */
export function eventsQuery(families: Family[], mesh: string) {
  const kinds = prefixes(families).map((prefix) => `${prefix}.*`).join(",");
  const ask = (cursor: number | null, limit: number) =>
    read(api.GET("/api/v1/events", { params: { query: { kinds, mesh_id: mesh || null, cursor, limit } } }));
  return infiniteQueryOptions({
    queryKey: ["events", kinds, mesh],
    queryFn: ({ pageParam }) => (pageParam === null ? newest(ask) : older(ask, pageParam)),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.from > 0 ? page.from + 1 : null),
    // The stream says what is new; a page that is opened again begins anew.
    staleTime: Infinity,
    gcTime: 0,
  });
}

type Ask = (cursor: number | null, limit: number) => Promise<components["schemas"]["EventPage"]>;

async function newest(ask: Ask): Promise<EventPage> {
  const { events } = await ask(null, PAGE);
  return { events, from: events.length < PAGE ? 0 : events[0]!.seq - 1 };
}

/** The log is read forwards only: step back by widths that grow until something is found. */
async function older(ask: Ask, before: number): Promise<EventPage> {
  for (let width = PAGE; ; width *= 4) {
    const from = Math.max(0, before - 1 - width);
    const events = await between(ask, from, before);
    if (events.length > 0 || from === 0) return { events, from };
  }
}

async function between(ask: Ask, from: number, before: number): Promise<EventRecord[]> {
  const found: EventRecord[] = [];
  for (let cursor = from; ; ) {
    const page = await ask(cursor, MOST);
    found.push(...page.events.filter((event) => event.seq < before));
    const last = page.events.at(-1);
    if (page.events.length < MOST || !last || last.seq >= before) return found;
    cursor = last.seq;
  }
}

export const auditQuery = queryOptions({
  queryKey: AUDIT,
  queryFn: () => read(api.GET("/api/v1/audit", { params: { query: { limit: AUDIT_ENTRIES } } })),
});
