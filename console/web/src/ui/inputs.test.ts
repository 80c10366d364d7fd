import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { initial, textsOf, valuesOf, type Input } from "./inputs";

const t = ((key: string) => key) as TFunction;
const INPUTS: Record<string, Input> = {
  word: { type: "text", default: "SOS" },
  seconds: { type: "number", default: 300 },
  meshes: { type: "list" },
  loud: { type: "boolean", default: false },
  data: { type: "object" },
  level: { type: "number", choices: [1, 2] },
};

test("defaults stand in the fields, and what was typed has its type", () => {
  const texts = initial(INPUTS);
  expect(texts).toEqual({ word: "SOS", seconds: "300", meshes: "", loud: "false", data: "", level: "" });
  const typed = { ...texts, seconds: "60", meshes: "lobby\nden, cinema", loud: "true", data: '{"a": 1}', level: "2" };
  expect(valuesOf(INPUTS, typed, t)).toEqual({ word: "SOS", seconds: 60, meshes: ["lobby", "den", "cinema"], loud: true, data: { a: 1 }, level: 2 });
});

test("values that are given stand in the fields in place of the defaults", () => {
  const values = { word: "help", meshes: ["lobby", "den"], loud: true, data: { a: 1 } };
  expect(textsOf(INPUTS, values)).toEqual({ word: "help", seconds: "300", meshes: "lobby\nden", loud: "true", data: '{"a":1}', level: "" });
});

test("what is empty is left out, and what is no JSON is said", () => {
  expect(valuesOf({ meshes: { type: "list" } }, { meshes: " " }, t)).toEqual({});
  expect(() => valuesOf({ data: { type: "object" } }, { data: "{" }, t)).toThrow("inputs.notJson");
});
