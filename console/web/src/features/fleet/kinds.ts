/** What can be done with meshes. */
import type { ActionOn, Kind } from "../../app/features";
import { type Done, perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm, failed } from "../../ui/confirm";
import { askBlock } from "./Block";
import { namesOf } from "./names";
import { blockedQuery, FLEET, fleetQuery } from "./queries";
import type { MeshStatus } from "./tones";

export type Mesh = Pick<MeshStatus, "mesh_id" | "state">;

type Change = "start" | "restart" | "stop";

const MOST_NAMED = 5;

/** What takes a change back; a restart has nothing to be taken back. */
const OPPOSITE: Partial<Record<Change, Change>> = { start: "stop", stop: "start" };

const ask = {
  start: (mesh_ids: string[]) => read(api.POST("/api/v1/fleet/start", { body: { mesh_ids, all: false } })),
  restart: (mesh_ids: string[]) => read(api.POST("/api/v1/fleet/restart", { body: { mesh_ids, all: false, forget: false } })),
  stop: (mesh_ids: string[]) => read(api.POST("/api/v1/fleet/stop", { body: { mesh_ids, all: false } })),
} as const;

/** What interrupts, and what touches several, is asked first, naming what it touches. */
function changing(change: Change, isPossible: (mesh: Mesh) => boolean, more: Partial<ActionOn<Mesh>> = {}): ActionOn<Mesh> {
  return {
    id: `fleet.${change}`,
    label: `fleet.${change}`,
    sentence: `fleet.do.${change}`,
    scope: "fleet:operate",
    isPossible,
    async run(meshes, context) {
      const { t } = context;
      const ids = meshes.map((mesh) => mesh.mesh_id);
      const count = ids.length;
      const question = { title: t(`fleet.ask.${change}`, { count }), body: t(`fleet.ask.${change}Body`, { names: namesOf(ids, t) }), button: t(`fleet.${change}`) };
      if ((change === "stop" || count > 1) && !(await confirm(question))) return false;
      return perform(context, FLEET, async (): Promise<Done | void> => {
        const { meshes: outcomes } = await ask[change](ids);
        for (const one of outcomes.filter((mesh) => mesh.error).slice(0, MOST_NAMED)) failed(new Error(`${one.mesh_id}: ${one.error}`));
        const done = outcomes.filter((mesh) => !mesh.error).map((mesh) => mesh.mesh_id);
        const opposite = OPPOSITE[change];
        if (done.length > 0) return { message: t(`fleet.did.${change}`, { names: namesOf(done, t) }), undo: opposite && (() => ask[opposite](done)) };
      });
    },
    ...more,
  };
}

const block: ActionOn<Mesh> = {
  id: "fleet.block",
  label: "fleet.block",
  sentence: "fleet.do.block",
  scope: "blocklist:operate",
  isPossible: ({ state }) => state !== "blocked",
  run: (meshes, context) => askBlock(meshes.map((mesh) => mesh.mesh_id), context),
};

const unblock: ActionOn<Mesh> = {
  id: "fleet.unblock",
  label: "fleet.unblock",
  sentence: "fleet.do.unblock",
  scope: "blocklist:operate",
  isPossible: ({ state }) => state === "blocked",
  run(meshes, context) {
    const { t, queries } = context;
    const ids = meshes.map((mesh) => mesh.mesh_id);
    const known = queries.getQueryData(blockedQuery.queryKey)?.blocked ?? [];
    const ends = new Map(known.map((one) => [one.mesh_id, one.blocked_until]));
    return perform(context, FLEET, async () => {
      for (const mesh_id of ids) {
        const outcome = await read(api.DELETE("/api/v1/blocklist/{mesh_id}", { params: { path: { mesh_id } } }));
        if (outcome.not_saved) throw new Error(outcome.not_saved);
      }
      return { message: t("fleet.unblocked", { count: ids.length, names: namesOf(ids, t) }), undo: () => Promise.all(ids.map((id) => blockAgain(id, ends.get(id)))) };
    });
  },
};

/** Until when it was; none: for ever. */
function blockAgain(mesh_id: string, until: string | null | undefined): Promise<unknown> {
  const duration = until ? Math.max(1, (Date.parse(until) - Date.now()) / 1000) : null;
  return read(api.POST("/api/v1/blocklist", { body: { mesh_id, duration } }));
}

export const mesh: Kind<Mesh> = {
  name: "mesh",
  scope: "fleet:view",
  all: async (queries) => (await queries.ensureQueryData(fleetQuery)).meshes,
  nameOf: ({ mesh_id }) => mesh_id,
  pathOf: ({ mesh_id }) => `/fleet/${encodeURIComponent(mesh_id)}`,
  actions: [
    changing("start", ({ state }) => state === "stopped" || state === "failed", { isMain: true }),
    changing("restart", ({ state }) => state !== "blocked"),
    changing("stop", ({ state }) => state !== "stopped" && state !== "blocked"),
    block,
    unblock,
  ],
};

export const kinds = [mesh];
