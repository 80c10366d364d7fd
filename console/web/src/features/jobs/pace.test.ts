import { expect, test } from "vitest";
import { paceOf, sampled, WINDOW } from "./pace";

test("the pace is that of what was seen, and what is left follows from it", () => {
  const samples = [{ at: 0, ended: 10 }, { at: 10_000, ended: 15 }];
  expect(paceOf(samples, 60)).toEqual({ perMinute: 30, secondsLeft: 120 });
});

test("too little, nothing that moves, and nothing that is left have no pace", () => {
  expect(paceOf([], 5)).toBeUndefined();
  expect(paceOf([{ at: 0, ended: 1 }], 5)).toBeUndefined();
  expect(paceOf([{ at: 0, ended: 1 }, { at: 1000, ended: 2 }], 5)).toBeUndefined();
  expect(paceOf([{ at: 0, ended: 1 }, { at: 9000, ended: 1 }], 5)).toBeUndefined();
  expect(paceOf([{ at: 0, ended: 1 }, { at: 9000, ended: 6 }], 0)).toBeUndefined();
});

test("what is older than the window is forgotten, and all of it when a job begins anew", () => {
  expect(sampled([{ at: 0, ended: 1 }, { at: 5000, ended: 2 }], { at: WINDOW + 1, ended: 3 })).toEqual([{ at: 5000, ended: 2 }, { at: WINDOW + 1, ended: 3 }]);
  expect(sampled([{ at: 0, ended: 9 }], { at: 1000, ended: 0 })).toEqual([{ at: 1000, ended: 0 }]);
});
