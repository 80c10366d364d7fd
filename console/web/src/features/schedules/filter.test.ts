import { expect, test } from "vitest";
import { filtered } from "./filter";
import type { Schedule } from "./queries";

const some = [
  { name: "nightly", action: "refresh", enabled: true, problem: null, last_run: { status: "failed" } },
  { name: "weekly", action: "report", enabled: false, problem: null, last_run: null },
  { name: "hourly", action: "refresh", enabled: true, problem: null, last_run: { status: "active" } },
  { name: "broken", action: "gone", enabled: true, problem: "there is no such action", last_run: null },
] as unknown as Schedule[];
const names = (filter: Parameters<typeof filtered>[1]) => filtered(some, filter).map(({ name }) => name);

test("without a filter all are shown", () => {
  expect(names({})).toEqual(["nightly", "weekly", "hourly", "broken"]);
});

test("words are looked for in names and actions", () => {
  expect(names({ q: "REFRESH" })).toEqual(["nightly", "hourly"]);
  expect(names({ q: "week" })).toEqual(["weekly"]);
});

test("of several states one is enough; one that there is not matches nothing", () => {
  expect(names({ state: ["failed"] })).toEqual(["nightly", "broken"]);
  expect(names({ state: ["running", "disabled"] })).toEqual(["weekly", "hourly"]);
  expect(names({ state: ["odd"] as never })).toEqual([]);
});
