import type { Tone } from "../../ui/state";
import { type MeshStatus, toneOf } from "../fleet/tones";
import type { Schedule } from "./queries";

export type Kind = "interrupted" | "failed" | "refused" | "blocked" | "schedules";

/** Something that does not mend itself: what, and the names of those that it is about. */
export interface Need {
  kind: Kind;
  tone: Tone;
  names: string[];
}

const MOST = 3;

/** What needs a person, the most urgent first; at most three. */
export function needs(interrupted: readonly string[], meshes: readonly MeshStatus[], schedules: readonly Schedule[]): Need[] {
  const ids = (found: (mesh: MeshStatus) => unknown) => meshes.filter(found).map((mesh) => mesh.mesh_id);
  const all: Need[] = [
    { kind: "interrupted", tone: "warn", names: [...interrupted] },
    { kind: "failed", tone: "bad", names: ids((mesh) => toneOf(mesh) === "bad") },
    { kind: "refused", tone: "warn", names: ids((mesh) => mesh.trouble && mesh.state !== "blocked") },
    { kind: "blocked", tone: "shut", names: ids((mesh) => mesh.state === "blocked") },
    { kind: "schedules", tone: "bad", names: schedules.filter(isBroken).map((schedule) => schedule.name) },
  ];
  return all.filter((need) => need.names.length > 0).slice(0, MOST);
}

function isBroken(schedule: Schedule): boolean {
  return schedule.enabled && (Boolean(schedule.problem) || schedule.last_run?.status === "failed" || schedule.last_run?.status === "missed");
}
