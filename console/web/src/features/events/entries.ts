import type { TFunction } from "i18next";
import { firstWords } from "../../ui/firstWords";
import type { Tone } from "../../ui/state";
import { belongs, type Family, toneOf } from "./families";
import type { AuditRecord, EventRecord } from "./queries";
import { worded } from "../../i18n/worded";

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
  /** An error of which the sentence says only the first words. */
  whole?: string;
  /** The job that it is about. */
  job?: string;
  /** The number of an event. */
  seq?: number;
  raw: object;
  /** What a search looks through, in small letters. */
  text: string;
}

export interface Filter {
  families: Family[];
  mesh: string;
  actor: string;
  text: string;
  /** Days, as in `2026-11-29`, both inclusive; empty: all. */
  from: string;
  to: string;
}

/** The first moment of a day where the reader is, and that of the day behind it. */
function dayOf(day: string): [number, number] {
  const start = new Date(`${day}T00:00`);
  const next = new Date(start);
  next.setDate(next.getDate() + 1);
  return [start.getTime(), next.getTime()];
}

function isWithin(at: string, { from, to }: Filter): boolean {
  const moment = Date.parse(at);
  return (!from || moment >= dayOf(from)[0]) && (!to || moment < dayOf(to)[1]);
}

export function ofEvent(event: EventRecord, t: TFunction): Entry {
  const subject = event.subject ?? "";
  const { severity } = event.data;
  const named = typeof severity === "string" ? { severity: t(`alerts.severities.${severity}`, { defaultValue: severity }) } : {};
  const words = { ...event.data, ...named, kind: event.kind, subject, mesh: event.mesh_id ?? subject, actor: event.actor ?? "" };
  const sentence = t([`events.said.${event.kind}`, "events.said.other"], readable(words));
  const error = [event.data.error, event.data.reason].find((one) => typeof one === "string" && firstWords(one) !== one.trim());
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
    whole: error as string | undefined,
    job: event.kind.startsWith("job.") && event.kind !== "job.deleted" ? subject : undefined,
    seq: event.seq,
    raw: event,
    text: `${sentence} ${JSON.stringify(event)}`.toLowerCase(),
  };
}

export function ofAudit(entry: AuditRecord, key: string, t: TFunction): Entry {
  const isDone = entry.outcome === "done";
  const line = isDone ? (entry.detail ? "events.auditDetail" : "events.auditLine") : "events.auditRefused";
  const sentence = t(line, {
    actor: entry.actor,
    origin: t(`events.origins.${entry.origin}`, { defaultValue: entry.origin }),
    what: t([`events.audited.${entry.action.replaceAll(".", "_")}`, "events.auditOther"], { ...entry }),
    detail: worded(entry.detail),
    outcome: worded(entry.outcome),
  });
  return {
    key,
    at: entry.at,
    source: "audit",
    name: entry.action,
    tone: isDone ? "idle" : "warn",
    sentence,
    mesh: "",
    actor: entry.actor,
    subject: entry.subject,
    raw: entry,
    text: `${sentence} ${JSON.stringify(entry)}`.toLowerCase(),
  };
}

/** What the server says in a sentence of its own. */
const SENTENCES = ["detail", "error", "reason"];

/** What cannot be said is left out of a sentence, and of what is long only the first words are read. */
function readable(words: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(words).map(([name, value]) => [name, typeof value === "string" ? firstWords(SENTENCES.includes(name) ? worded(value) : value) : (value ?? "")]));
}

export function matches(entry: Entry, filter: Filter): boolean {
  return (
    belongs(entry.name, filter.families) &&
    isWithin(entry.at, filter) &&
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
