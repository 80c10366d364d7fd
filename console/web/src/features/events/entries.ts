import type { TFunction } from "i18next";
import type { Tone } from "../../ui/state";
import { belongs, type Family, toneOf } from "./families";
import type { AuditRecord, EventRecord } from "./queries";

/** One line of the timeline: an event, or an entry of the audit log. */
export interface Entry {
  key: string;
  at: string;
  source: "event" | "audit";
  name: string;
  tone: Tone;
  sentence: string;
  mesh: string;
  actor: string;
  subject: string;
  /** The job that it is about. */
  job?: string;
  raw: object;
  /** What a search looks through, in small letters. */
  text: string;
}

export interface Filter {
  families: Family[];
  mesh: string;
  actor: string;
  text: string;
}

export function ofEvent(event: EventRecord, t: TFunction): Entry {
  const subject = event.subject ?? "";
  const words = { ...event.data, kind: event.kind, subject, mesh: event.mesh_id ?? subject, actor: event.actor ?? "" };
  const sentence = t([`events.said.${event.kind}`, "events.said.other"], withoutNulls(words));
  return {
    key: `e${event.seq}`,
    at: event.at,
    source: "event",
    name: event.kind,
    tone: toneOf(event.kind),
    sentence,
    mesh: event.mesh_id ?? "",
    actor: event.actor ?? "",
    subject,
    job: event.kind.startsWith("job.") && event.kind !== "job.deleted" ? subject : undefined,
    raw: event,
    text: `${sentence} ${JSON.stringify(event)}`.toLowerCase(),
  };
}

export function ofAudit(entry: AuditRecord, key: string, t: TFunction): Entry {
  const sentence = t(entry.detail ? "events.auditDetail" : "events.auditLine", { ...entry });
  return {
    key,
    at: entry.at,
    source: "audit",
    name: entry.action,
    tone: entry.outcome === "done" ? "idle" : "warn",
    sentence,
    mesh: "",
    actor: entry.actor,
    subject: entry.subject,
    raw: entry,
    text: `${sentence} ${JSON.stringify(entry)}`.toLowerCase(),
  };
}

/** What cannot be said is left out of a sentence. */
function withoutNulls(words: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(words).map(([name, value]) => [name, value ?? ""]));
}

export function matches(entry: Entry, filter: Filter): boolean {
  return (
    belongs(entry.name, filter.families) &&
    (!filter.mesh || entry.mesh === filter.mesh || (entry.source === "audit" && entry.text.includes(`"${filter.mesh.toLowerCase()}"`))) &&
    entry.actor.toLowerCase().includes(filter.actor.toLowerCase()) &&
    entry.text.includes(filter.text.toLowerCase())
  );
}

/** A change and its entry in the audit log are written in one transaction; milliseconds between them at most. */
const TOGETHER = 1000;

/**
 * The audit log's entries among the events, the newest first.
 * None is older than what is read of events, and none says again what an event says.
 */
export function merged(events: Entry[], audit: Entry[], isAllRead: boolean): Entry[] {
  const oldest = events.at(-1)?.at;
  const reach = isAllRead || !oldest ? audit : audit.filter((entry) => Date.parse(entry.at) >= Date.parse(oldest));
  const told = new Map<string, number[]>();
  for (const event of events) told.set(changed(event), [...(told.get(changed(event)) ?? []), Date.parse(event.at)]);
  const isTold = (entry: Entry) => told.get(changed(entry))?.some((at) => Math.abs(at - Date.parse(entry.at)) < TOGETHER);
  const alone = reach.filter((entry) => !isTold(entry));
  return [...events, ...alone].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function changed({ actor, subject }: Entry): string {
  return JSON.stringify([actor, subject]);
}
