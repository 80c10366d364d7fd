import { expect, test } from "vitest";
import { type Found, needs } from "./troubles";

const none = { concerns: [], alerts: [], questions: [], interrupted: [], meshes: [], schedules: [], channels: [] };
const load = { code: "health.alert", fields: { about: "load" }, text: "Health, warning: load: 3.", is_problem: false, since: "" };

test("what an open alert tells is not told again by the figure that has raised it", () => {
  const kinds = (found: object) => needs({ ...none, ...found } as unknown as Found).map(({ kind }) => kind);
  const alert = { title: "load: 3", severity: "warning", created_at: "" };
  expect(kinds({ concerns: [load] })).toEqual(["notice"]);
  expect(kinds({ concerns: [load], alerts: [alert] })).toEqual(["alerts"]);
  expect(kinds({ concerns: [load], alerts: [{ ...alert, title: "loaded: 3" }] })).toEqual(["alerts", "notice"]);
});
