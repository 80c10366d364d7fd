import { expect, test, vi } from "vitest";
import type { ActionContext } from "../../app/features";
import type { Concern } from "./queries";
import { remedyOf } from "./remedies";

const asked = vi.hoisted(() => vi.fn((_scope: string, _name: string) => Promise.resolve(true)));
vi.mock("../jobs/kinds", () => ({ release: asked }));

async function wayOf(code: string, fields: Record<string, string> = {}) {
  const go = vi.fn();
  await remedyOf({ code, fields, text: "", is_problem: true, since: "" } as Concern).run({ go } as unknown as ActionContext);
  return go.mock.calls[0]?.[0] as string | undefined;
}

test("a process that does not run leads to its log, and what has no other place to the log of everything", async () => {
  expect(await wayOf("console.started_again")).toBe("/logs?of=console");
  expect(await wayOf("workflows.engine_not_started")).toBe("/logs?of=workflows");
  expect(await wayOf("supervisor.no_logs")).toBe("/logs");
  expect(await wayOf("")).toBe("/logs");
});

test("a job that gets nowhere leads to its page, several to the list", async () => {
  expect(await wayOf("jobs.get_nowhere", { jobs: "12 (sync2)" })).toBe("/jobs/12");
  expect(await wayOf("jobs.get_nowhere", { jobs: "12 (sync2), 13 (sync2)" })).toBe("/jobs?status=%5B%22active%22%5D");
});

test.each([
  ["--all", "all", ""],
  ["--lane game api", "lane", "game api"],
  ["--rate-key game", "rate_key", "game"],
])("what is on hold by %s is released by it", async (option, scope, name) => {
  await wayOf("jobs.held", { option });
  expect(asked).toHaveBeenLastCalledWith(scope, name, expect.anything());
});
