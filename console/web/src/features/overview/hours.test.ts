import { expect, test } from "vitest";
import { midnight } from "../../ui/times";
import { hours } from "./hours";
import { beginOf, type Happening } from "./queries";

const NOW = new Date(2026, 5, 1, 12).getTime();
const HOUR = 3_600_000;
const at = (hour: number) => ({ kind: "mesh.failed", at: new Date(midnight(NOW) + hour * HOUR).toISOString() }) as Happening;

test("a day with more events than are read begins with the first of them", () => {
  expect(beginOf([at(9.5)])).toBeUndefined();
  const many = Array.from({ length: 1000 }, (_, index) => at(9.5 + index / 1000));
  const begin = beginOf(many);
  expect(begin).toBe(midnight(NOW) + 9.5 * HOUR);
  const day = hours(many, NOW, begin);
  expect(day.filter(({ isPart }) => isPart)).toHaveLength(10);
  expect(day[9]).toMatchObject({ isPart: true, tone: "bad", count: 500 });
  expect(day[10]).toMatchObject({ isPart: false, count: 500 });
  expect(hours(many, NOW).some(({ isPart }) => isPart)).toBe(false);
});
