import { expect, test } from "vitest";
import { lastDays } from "./trend";

test("days without executions are there, the oldest first", () => {
  const known = { day: "2026-11-29", started: 3, completed: 2, failed: 1, cancelled: 0, avg_execution_time: 1 };
  const found = lastDays([known, { ...known, day: "2026-10-01" }], 3, Date.parse("2026-11-30T00:10:00Z"));
  expect(found.map(({ day, started }) => [day, started])).toEqual([
    ["2026-11-28", 0],
    ["2026-11-29", 3],
    ["2026-11-30", 0],
  ]);
});
