import { expect, test } from "vitest";
import { matching } from "./matching";

const OFFERS = ["The mesh lobby", "Restart lobby", "Restart lobby-2", "Pause job #12 addplayer", "Run tea now"].map((label) => ({ label, isFirst: label.startsWith("The ") }));

function found(typed: string): string[] {
  return matching(OFFERS, typed).map((offer) => offer.label);
}

test("words are found in any order, and a whole word before a part", () => {
  expect(found("restart lobby")).toEqual(["Restart lobby", "Restart lobby-2"]);
  expect(found("lobby rest")).toEqual(["Restart lobby", "Restart lobby-2"]);
  expect(found("pause job 12")).toEqual(["Pause job #12 addplayer"]);
  expect(found("run tea now")).toEqual(["Run tea now"]);
});

test("the thing itself comes before what can be done with it", () => {
  expect(found("lobby")).toEqual(["The mesh lobby", "Restart lobby", "Restart lobby-2"]);
});

test("what lacks a word is not offered", () => {
  expect(found("pause lobby")).toEqual([]);
});
