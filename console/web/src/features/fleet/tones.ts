import type { components } from "../../api/schema";
import type { Tone } from "../../ui/state";

export type MeshStatus = components["schemas"]["MeshStatus"];

/** How each state is drawn. */
export const STATE_TONES: Record<MeshStatus["state"], Tone> = {
  connected: "ok",
  waiting: "busy",
  spawning: "busy",
  ready: "busy",
  restarting: "busy",
  disconnected: "warn",
  unhealthy: "bad",
  failed: "bad",
  blocked: "shut",
  stopped: "idle",
};

/** A connected mesh whose bot was thrown out or is not accepted is not well. */
export function toneOf(mesh: MeshStatus): Tone {
  const tone = STATE_TONES[mesh.state];
  return tone === "ok" && (!mesh.is_healthy || mesh.trouble) ? "warn" : tone;
}

export const ORDER: Tone[] = ["bad", "warn", "shut", "busy", "idle", "ok"];

/** `room-2` before `room-10`. */
export function byName(one: MeshStatus, other: MeshStatus): number {
  return one.mesh_id.localeCompare(other.mesh_id, undefined, { numeric: true });
}

/** What needs a person first. */
export function worstFirst(one: MeshStatus, other: MeshStatus): number {
  return ORDER.indexOf(toneOf(one)) - ORDER.indexOf(toneOf(other)) || byName(one, other);
}

export function counts(meshes: readonly MeshStatus[]): Record<Tone, number> {
  const total: Record<Tone, number> = { ok: 0, busy: 0, warn: 0, bad: 0, shut: 0, idle: 0 };
  for (const mesh of meshes) total[toneOf(mesh)] += 1;
  return total;
}
