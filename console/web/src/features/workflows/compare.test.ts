import { expect, test } from "vitest";
import { compared, folded } from "./compare";

const marks = { same: " ", gone: "-", new: "+", left_out: "…" };
const shown = (before: string[], after: string[], isFolded = false) => {
  const lines = compared(before.join("\n"), after.join("\n"));
  return (isFolded ? folded(lines, 1) : lines).map(({ kind, text }) => `${marks[kind]}${text}`);
};

test("what is the same stays between what is gone and what is new", () => {
  expect(shown(["a", "b", "c", "d"], ["a", "x", "c", "d", "e"])).toEqual([" a", "-b", "+x", " c", " d", "+e"]);
});

test("of equal texts nothing is gone or new", () => {
  expect(shown(["a", "b"], ["a", "b"])).toEqual([" a", " b"]);
});

test("applied to the one, the lines give the other", () => {
  for (let seed = 1; seed < 60; seed++) {
    const random = (most: number, salt: number) => Math.abs(Math.floor(Math.sin(seed * 31 + salt * 17) * 1000)) % most;
    const of = (salt: number) => Array.from({ length: random(9, salt) }, (_, at) => "abc"[random(3, salt + at)]!);
    const [before, after] = [of(1), of(50)];
    const lines = compared(before.join("\n"), after.join("\n"));
    const without = (kind: string) => lines.filter((line) => line.kind !== kind).map(({ text }) => text);
    expect(without("new")).toEqual(before.join("\n").split("\n"));
    expect(without("gone")).toEqual(after.join("\n").split("\n"));
  }
});

test("far from any change lines are counted", () => {
  expect(shown(["1", "2", "3", "4", "5", "6"], ["1", "2", "3", "4", "x", "6"], true)).toEqual(["…3", " 4", "-5", "+x", " 6"]);
});
