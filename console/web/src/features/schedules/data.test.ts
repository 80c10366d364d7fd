import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { carriedOver, type Inputs, shownOf, writtenOf } from "./data";

const t = ((key: string) => key) as TFunction;
const INPUTS: Inputs = { code: { type: "text", required: true }, times: { type: "number", default: 1 }, loud: { type: "boolean" } };

test("the fields show what is set, and write what is no default", () => {
  const texts = shownOf(INPUTS, '{"code": "egg", "times": 3}')!;
  expect(texts).toEqual({ code: "egg", times: "3", loud: "" });
  expect(JSON.parse(writtenOf(INPUTS, texts, t))).toEqual({ code: "egg", times: 3, loud: false });
  expect(JSON.parse(writtenOf(INPUTS, { ...texts, times: "1" }, t))).toEqual({ code: "egg", loud: false });
  expect(writtenOf({}, {}, t)).toBe("");
});

test("data that the fields cannot show stays JSON", () => {
  expect(shownOf(INPUTS, '{"fails": true}')).toBeUndefined();
  expect(shownOf(INPUTS, '{"code": ')).toBeUndefined();
  expect(shownOf(INPUTS, "[1]")).toBeUndefined();
});

test("another action gets what it takes as well", () => {
  expect(JSON.parse(carriedOver(INPUTS, '{"code": "egg", "fails": true}', t))).toEqual({ code: "egg", loud: false });
});
