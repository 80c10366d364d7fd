import { expect, test } from "vitest";
import type { Happening } from "./queries";
import { pieces } from "./uptime";

const MINUTE = 60_000;

function event(kind: string, at: number): Happening {
  return { seq: at, at: new Date(at).toISOString(), kind: `mesh.${kind}`, subject: "den", mesh_id: "den", actor: null, data: {} } as Happening;
}

test("the piece in which a mesh came and was stopped says that it is stopped", () => {
  const events = ["spawning", "ready", "connected", "stopped"].map((kind, index) => event(kind, 5 * MINUTE + index));
  expect(pieces(events, 10 * MINUTE, 10 * MINUTE, 1)[0]!.tone).toBe("idle");
});

test("a restart is seen, and what came after it is as it was then", () => {
  const events = [event("connected", MINUTE), event("restarting", 12 * MINUTE), event("connected", 13 * MINUTE)];
  expect(pieces(events, 30 * MINUTE, 10 * MINUTE, 3).map((piece) => piece.tone)).toEqual(["ok", "busy", "ok"]);
});

test("one that has come is connected; one that is still on its way is not", () => {
  const coming = ["spawning", "ready"].map((kind, index) => event(kind, 5 * MINUTE + index));
  expect(pieces([...coming, event("connected", 6 * MINUTE)], 10 * MINUTE, 10 * MINUTE, 1)[0]!.tone).toBe("ok");
  expect(pieces(coming, 10 * MINUTE, 10 * MINUTE, 1)[0]!.tone).toBe("busy");
});
