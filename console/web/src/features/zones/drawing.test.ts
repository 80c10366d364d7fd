import { expect, test } from "vitest";
import { type Drawing, isShape, preview, type Step, stepped } from "./drawing";
import type { Shape } from "./shape";

const at = (latitude: number, longitude: number) => ({ latitude, longitude });
const set = (latitude: number, longitude: number): Step => ({ do: "set", at: at(latitude, longitude) });

function drawn(kind: Shape["kind"], ...steps: Step[]): Drawing | Shape {
  return steps.reduce<Drawing | Shape>((now, step) => (isShape(now) ? now : stepped(now, step)), { kind, places: [] });
}

test("a circle is its middle and a point of its border", () => {
  expect(isShape(drawn("circle", set(0, 0)))).toBe(false);
  expect(drawn("circle", set(0, 0), set(0, 0.001))).toEqual({ kind: "circle", center: at(0, 0), radius: 111 });
});

test("a polygon is finished at its first point, or by a word, once it has three", () => {
  const three = [set(0, 0), set(0, 1), set(1, 1)];
  const shape = { kind: "polygon", points: [at(0, 0), at(0, 1), at(1, 1)] };
  expect(drawn("polygon", ...three, { do: "finish" })).toEqual(shape);
  expect(drawn("polygon", ...three, { do: "set", at: at(0, 0), isFirst: true })).toEqual(shape);
  expect(drawn("polygon", ...three.slice(1), { do: "finish" })).toEqual({ kind: "polygon", places: [at(0, 1), at(1, 1)] });
  expect(isShape(drawn("circle", set(0, 0), { do: "finish" }))).toBe(false);
});

test("a place is taken back", () => {
  expect(drawn("polygon", set(0, 0), set(0, 1), { do: "back" })).toEqual({ kind: "polygon", places: [at(0, 0)] });
  expect(drawn("circle", { do: "back" })).toEqual({ kind: "circle", places: [] });
});

test("what it would be is seen before the next place is set", () => {
  expect(preview({ kind: "circle", places: [] }, at(1, 1))).toBeUndefined();
  expect(preview({ kind: "polygon", places: [at(0, 0)] }, at(1, 1))).toEqual({ kind: "polygon", points: [at(0, 0), at(1, 1)] });
  expect(preview({ kind: "circle", places: [at(0, 0)] }, at(0, 0.001))).toMatchObject({ radius: 111 });
});
