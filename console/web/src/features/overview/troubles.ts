import type { Tone } from "../../ui/state";
import { type Alert, worstFirst } from "../alerts/queries";
import { type MeshStatus, toneOf } from "../fleet/tones";
import type { Channel } from "../notifications/queries";
import type { Concern, InterruptedJob, Schedule } from "./queries";

export type Kind = "problem" | "alerts" | "approvals" | "interrupted" | "failed" | "refused" | "blocked" | "schedules" | "channels" | "notice";

/** Something that does not mend itself: what, since when, and the names of those that it is about. */
export interface Need {
  kind: Kind;
  tone: Tone;
  names: string[];
  since?: string | null;
  /** Of a problem or a notice: what the supervisor says of itself. */
  concern?: Concern;
}

export interface Found {
  concerns: readonly Concern[];
  alerts: readonly Alert[];
  questions: readonly string[];
  interrupted: readonly InterruptedJob[];
  meshes: readonly MeshStatus[];
  schedules: readonly Schedule[];
  channels: readonly Channel[];
}

/** What needs a person, the most urgent first. */
export function needs({ concerns, alerts, questions, interrupted, meshes, schedules, channels }: Found): Need[] {
  const ids = (found: (mesh: MeshStatus) => unknown) => meshes.filter(found).map((mesh) => mesh.mesh_id);
  const broken = schedules.filter(isBroken);
  const failing = channels.filter((channel) => channel.enabled && channel.failures > 0);
  const some: Need[] = [
    { kind: "alerts", tone: alerts.some(({ severity }) => severity !== "warning") ? "bad" : "warn", names: worstFirst(alerts).map(({ title }) => title), since: earliest(alerts.map((one) => one.created_at)) },
    { kind: "approvals", tone: "warn", names: [...questions] },
    { kind: "interrupted", tone: "warn", names: interrupted.map((job) => `#${job.job_id} ${job.action}`), since: earliest(interrupted.map((one) => one.interrupted_at)) },
    { kind: "failed", tone: "bad", names: ids((mesh) => toneOf(mesh) === "bad") },
    { kind: "refused", tone: "warn", names: ids((mesh) => mesh.trouble && mesh.state !== "blocked") },
    { kind: "blocked", tone: "shut", names: ids((mesh) => mesh.state === "blocked") },
    { kind: "schedules", tone: "bad", names: broken.map((schedule) => schedule.name), since: earliest(broken.map((one) => (one.problem ? undefined : one.last_run?.planned_at))) },
    { kind: "channels", tone: "bad", names: failing.map((channel) => channel.name) },
  ];
  const own = concerns.filter(({ code, fields }) => !isAlert(code, fields?.about, alerts) && !(broken.length > 0 && isOfSchedules(code)) && !(failing.length > 0 && code === "notifications.channel_fails"));
  return [...own.filter((one) => one.is_problem).map(asNeed), ...some.filter((need) => need.names.length > 0), ...own.filter((one) => !one.is_problem).map(asNeed)];
}

function asNeed(concern: Concern): Need {
  return { kind: concern.is_problem ? "problem" : "notice", tone: concern.is_problem ? "bad" : "warn", names: [], since: concern.since, concern };
}

/** A figure of the fleet's health of which an open alert tells. */
function isAlert(code: string, about: unknown, alerts: readonly Alert[]): boolean {
  return code === "health.alert" && alerts.some(({ title }) => title.startsWith(`${String(about)}: `));
}

/** They are named with the schedules that failed. */
function isOfSchedules(code: string): boolean {
  return code === "schedules.cannot_run" || code === "schedules.many_cannot_run";
}

function isBroken(schedule: Schedule): boolean {
  return schedule.enabled && (Boolean(schedule.problem) || schedule.last_run?.status === "failed" || schedule.last_run?.status === "missed");
}

function earliest(moments: readonly (string | null | undefined)[]): string | undefined {
  return moments.filter((moment) => typeof moment === "string").toSorted()[0];
}
