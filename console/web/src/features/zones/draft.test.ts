import { expect, test } from "vitest";
import { definitionOf, EMPTY, isWrong, textsOf, typed } from "./draft";

const CIRCLE = { ...EMPTY, latitude: "38.7069", longitude: "-9.1442", radius: "150" };

test("what is drawn stands in the fields, and what stands there is the same shape", () => {
  const polygon = { kind: "polygon" as const, points: [{ latitude: 0, longitude: 1 }, { latitude: 2.5, longitude: -3 }, { latitude: 1, longitude: 1 }] };
  expect(typed({ ...EMPTY, ...textsOf(polygon) })).toEqual(polygon);
  expect(typed({ ...EMPTY, ...textsOf(typed(CIRCLE) as never) })).toEqual({ kind: "circle", center: { latitude: 38.7069, longitude: -9.1442 }, radius: 150 });
});

test("what is wrong is named, with its line", () => {
  expect(typed(EMPTY)).toEqual({ key: "latitude" });
  expect(typed({ ...CIRCLE, longitude: "181" })).toEqual({ key: "longitude" });
  expect(typed({ ...CIRCLE, radius: "0" })).toEqual({ key: "radius" });
  expect(typed({ ...EMPTY, kind: "polygon", points: "0, 0\n\n0 1\n91, 2" })).toEqual({ key: "point", line: 4, text: "91, 2" });
  expect(typed({ ...EMPTY, kind: "polygon", points: "0, 0\n0; 1" })).toEqual({ key: "fewPoints" });
});

test("empty fields are as the settings say", () => {
  const shape = typed(CIRCLE);
  if (isWrong(shape)) throw new Error(shape.key);
  expect(definitionOf({ ...CIRCLE, dwell: "60" }, shape)).toEqual({ description: "", circle: { latitude: 38.7069, longitude: -9.1442, radius_m: 150 }, polygon: null, hysteresis_m: null, dwell_s: 60, enabled: true });
});
