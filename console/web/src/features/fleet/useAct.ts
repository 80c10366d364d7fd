import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { confirm, failed, said } from "../../ui/confirm";
import { FLEET } from "./queries";
import type { MeshStatus } from "./tones";

export type Act = "start" | "restart" | "stop";

/** In which states each makes sense. */
export const POSSIBLE: Record<Act, (mesh: Pick<MeshStatus, "state">) => boolean> = {
  start: ({ state }) => state === "stopped" || state === "failed",
  restart: ({ state }) => state !== "blocked",
  stop: ({ state }) => state !== "stopped" && state !== "blocked",
};

const MOST_NAMED = 5;

const ask = {
  start: (mesh_ids: string[]) => read(api.POST("/api/v1/fleet/start", { body: { mesh_ids, all: false } })),
  restart: (mesh_ids: string[]) => read(api.POST("/api/v1/fleet/restart", { body: { mesh_ids, all: false, forget: false } })),
  stop: (mesh_ids: string[]) => read(api.POST("/api/v1/fleet/stop", { body: { mesh_ids, all: false } })),
} as const;

/** Names of meshes, the first ones of many: "lobby, den and 3 more". */
export function useNames() {
  const { t } = useTranslation();
  return (ids: readonly string[]) => {
    const more = ids.length - MOST_NAMED;
    const shown = ids.slice(0, MOST_NAMED).join(", ");
    return more > 0 ? t("fleet.named", { shown, count: more }) : shown;
  };
}

/** Do something to meshes: what interrupts is asked first, naming what it touches. */
export function useAct() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const names = useNames();
  return async (act: Act, ids: string[]) => {
    const count = ids.length;
    if (act === "stop" || count > 1) {
      const question = { title: t(`fleet.ask.${act}`, { count }), body: t(`fleet.ask.${act}Body`, { names: names(ids) }), button: t(`fleet.${act}`) };
      if (!(await confirm(question))) return false;
    }
    try {
      const { meshes } = await ask[act](ids);
      const refused = meshes.filter((mesh) => mesh.error);
      for (const mesh of refused.slice(0, MOST_NAMED)) failed(new Error(`${mesh.mesh_id}: ${mesh.error}`));
      const done = meshes.filter((mesh) => !mesh.error).map((mesh) => mesh.mesh_id);
      if (done.length > 0) said(t(`fleet.did.${act}`, { names: names(done) }));
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: FLEET });
    return true;
  };
}

/** Take meshes off the blocklist. */
export function useUnblock() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return async (id: string) => {
    try {
      const outcome = await read(api.DELETE("/api/v1/blocklist/{mesh_id}", { params: { path: { mesh_id: id } } }));
      if (outcome.not_saved) failed(new Error(outcome.not_saved));
      else said(t("fleet.unblocked", { mesh: id }));
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: FLEET });
  };
}
