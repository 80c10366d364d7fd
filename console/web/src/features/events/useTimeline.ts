import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvents, useRefresh } from "../../live/hooks";
import type { LiveEvent } from "../../live/stream";
import { useSession } from "../../session/session";
import { type Entry, type Filter, matches, merged, ofAudit, ofEvent } from "./entries";
import { AUDIT, auditQuery, type EventRecord, eventsQuery } from "./queries";

export type Source = "all" | "events" | "audit";

const EVERYTHING = [""] as const;
/** What comes while the page is open is kept up to this; older events are read again on demand. */
const MOST_LIVE = 5000;
/** Families of events whose changes have entries in the audit log. */
const AUDITED = ["admin.", "permission.", "credentials.", "session.", "directory.", "operator.", "token.", "schedule.changed", "job.requested", "block."];

/** The lines that match, the newest first; while held, those that come later only count. */
export function useTimeline(filter: Filter, source: Source) {
  const { t } = useTranslation();
  const { may } = useSession();
  const [live, setLive] = useState<LiveEvent[]>([]);
  const [heldAt, setHeldAt] = useState<number>();
  const older = useInfiniteQuery({ ...eventsQuery(filter.families, filter.mesh), enabled: source !== "audit" });
  const audit = useQuery({ ...auditQuery, enabled: source !== "events" && may("audit:view") });
  useEvents(EVERYTHING, useCallback((event) => setLive((before) => [event, ...before].slice(0, MOST_LIVE)), []));
  useRefresh(AUDITED, AUDIT);

  const rows = useMemo(() => {
    const known = new Map<number, EventRecord>();
    for (const page of older.data?.pages ?? []) for (const event of page.events) known.set(event.seq, event);
    for (const event of live) known.set(event.seq, event);
    const events = [...known.values()].sort((a, b) => b.seq - a.seq).map((event) => ofEvent(event, t));
    const entries = audit.data?.entries.map((entry, index, all) => ofAudit(entry, `a${all.length - index}`, t)) ?? [];
    if (source === "audit") return entries;
    return source === "events" ? events : merged(events, entries, !older.hasNextPage);
  }, [older.data, older.hasNextPage, live, audit.data, source, t]);
  const matching = useMemo(() => rows.filter((row) => matches(row, filter)), [rows, filter]);
  const shown = heldAt === undefined ? matching : matching.filter((row) => Date.parse(row.at) <= heldAt);
  return {
    rows: shown,
    waiting: matching.length - shown.length,
    isHeld: heldAt !== undefined,
    hold: () => setHeldAt((before) => before ?? newestOf(matching)),
    release: () => setHeldAt(undefined),
    older,
    error: older.error ?? audit.error,
    isLoading: older.isLoading || audit.isLoading,
  };
}

function newestOf(rows: Entry[]): number {
  return rows[0] ? Date.parse(rows[0].at) : Date.now();
}
