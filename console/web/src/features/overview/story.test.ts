import { expect, test } from "vitest";
import type { Happening } from "../fleet/queries";
import { story } from "./story";

let seq = 0;
function event(kind: string, mesh: string, second: number, error: string | null = null): Happening {
  seq += 1;
  return { seq, at: new Date(second * 1000).toISOString(), kind, subject: mesh, mesh_id: mesh, actor: null, data: { error } } as unknown as Happening;
}

const told = (events: Happening[]) => story(events).map(({ kind, mesh_id, meshes }) => [kind, ...(meshes ?? [mesh_id])].join(" "));

test("a mesh that was away is back, and one that is there for the first time is no news", () => {
  expect(told([event("mesh.connected", "lobby", 0), event("mesh.restarting", "lobby", 5, "killed"), event("mesh.connected", "lobby", 6), event("mesh.connected", "lobby", 7)])).toEqual(["mesh.restarting lobby", "mesh.back lobby"]);
});

test("what happens to many together is one line, and what differs is not", () => {
  const names = ["lobby", "cinema", "den"];
  const stopped = names.map((name) => event("mesh.stopped", name, 0));
  const back = names.map((name) => event("mesh.connected", name, 5));
  expect(told([...stopped, ...back])).toEqual(["mesh.stopped cinema den lobby", "mesh.back cinema den lobby"]);
  expect(told([event("mesh.stopped", "den", 0), event("mesh.stopped", "lobby", 60)])).toEqual(["mesh.stopped den", "mesh.stopped lobby"]);
  expect(told([event("mesh.failed", "den", 0, "a"), event("mesh.failed", "lobby", 0, "b")])).toEqual(["mesh.failed den", "mesh.failed lobby"]);
});

test("a mesh that restarts twice is named once", () => {
  expect(told([event("mesh.restarting", "den", 0, "killed"), event("mesh.restarting", "den", 1, "killed")])).toEqual(["mesh.restarting den"]);
});
