import { expect, test } from "vitest";
import { marked, steps } from "./path";
import type { Step } from "./queries";

const step = (id: string, more: Partial<Step> = {}): Step => ({ id, type: "set_variable", ...more });

test("steps of blocks stand behind the step that has them, with the word of their block", () => {
  const document = {
    steps: [
      step("check", { then: [step("yes")], else: [step("no"), step("never")], on_failure: [step("mend")] }),
      step("both", { branches: [[step("left")], [step("right")]] }),
    ],
    on_failure: [step("tell")],
  };
  const found = steps(document).map(({ step: { id }, depth, branch }) => [id, depth, branch && `${branch.name} ${branch.number}`]);
  expect(found).toEqual([
    ["check", 0, undefined],
    ["yes", 1, undefined],
    ["no", 1, "else 1"],
    ["never", 1, undefined],
    ["mend", 1, "ifItFails 1"],
    ["both", 0, undefined],
    ["left", 1, "branch 1"],
    ["right", 1, "branch 2"],
    ["tell", 0, "whenFails 1"],
  ]);
});

test("of a step in a loop its rounds are counted, and a failure is what matters", () => {
  const done = [
    { id: 1, step: "say", status: "completed" },
    { id: 2, step: "say", status: "failed" },
    { id: 3, step: "say", status: "completed" },
  ];
  expect(marked(done).get("say")).toEqual({ status: "failed", count: 3, first: 1 });
});
