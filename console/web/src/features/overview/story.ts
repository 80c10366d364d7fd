/** What happened today as people tell it: who came back, and what happened to many at once, in one line. */
import type { Happening } from "../fleet/queries";

export interface Told extends Happening {
  /** The meshes to which it happened, where these are several. */
  meshes?: string[];
}

const CONNECTED = "mesh.connected";
const AWAY = ["mesh.restarting", "mesh.disconnected", "mesh.unhealthy", "mesh.failed", "mesh.blocked", "mesh.stopped"];
/** Milliseconds within which meshes go or come together. */
const TOGETHER = 30_000;

/** A mesh that connects was away if that is in the events; else it is there for the first time, which is no news. */
function isBack(events: readonly Happening[]): (event: Happening) => boolean {
  const away = new Set<string>();
  const told = new Set<number>();
  for (const { kind, seq, mesh_id } of events) {
    if (!mesh_id) continue;
    if (AWAY.includes(kind)) away.add(mesh_id);
    else if (kind === CONNECTED && away.delete(mesh_id)) told.add(seq);
  }
  return ({ seq }) => told.has(seq);
}

const byName = (one: string, other: string) => one.localeCompare(other, undefined, { numeric: true });

function isSame(one: Happening, other: Happening): boolean {
  return one.kind === other.kind && one.data.error === other.data.error && Date.parse(other.at) - Date.parse(one.at) < TOGETHER;
}

/** Events of a day, oldest first, as lines to read. */
export function story(events: readonly Happening[]): Told[] {
  const back = isBack(events);
  const lines: Told[] = [];
  for (const event of events) {
    if (event.kind === CONNECTED && !back(event)) continue;
    const told = event.kind === CONNECTED ? { ...event, kind: "mesh.back" } : event;
    const before = lines.at(-1);
    if (before && event.kind.startsWith("mesh.") && event.mesh_id && isSame(before, told))
      before.meshes = [...new Set([...(before.meshes ?? [before.mesh_id ?? ""]), event.mesh_id])].sort(byName);
    else lines.push({ ...told });
  }
  return lines;
}
