import { expect, test } from "vitest";
import { type Circle, handles, LARGEST_RADIUS, metresBetween, moved, outline, type Polygon, radiusTo, without } from "./shape";

const CIRCLE: Circle = { kind: "circle", center: { latitude: 38.7069, longitude: -9.1442 }, radius: 150 };
const SQUARE: Polygon = {
  kind: "polygon",
  points: [
    { latitude: 0, longitude: 179.9 },
    { latitude: 0, longitude: -179.9 },
    { latitude: 0.2, longitude: -179.9 },
    { latitude: 0.2, longitude: 179.9 },
  ],
};

test("the border of a circle is as far from its middle everywhere as the API says", () => {
  for (const place of outline(CIRCLE)) expect(metresBetween(CIRCLE.center, place)).toBeCloseTo(150, 3);
  const [center, border] = handles(CIRCLE);
  expect(metresBetween(center!, border!)).toBeCloseTo(150, 3);
});

test("a handle of a circle moves it or makes it larger", () => {
  const there = { latitude: 38.71, longitude: -9.14 };
  expect(moved(CIRCLE, 0, there)).toEqual({ ...CIRCLE, center: there });
  expect(moved(CIRCLE, 1, there)).toEqual({ ...CIRCLE, radius: Math.round(metresBetween(CIRCLE.center, there)) });
  expect(radiusTo(CIRCLE.center, CIRCLE.center)).toBe(1);
  expect(radiusTo(CIRCLE.center, { latitude: -38, longitude: 170 })).toBe(LARGEST_RADIUS);
});

test("short edges are straight, long ones follow the degrees, also over the date line", () => {
  expect(outline(SQUARE)).toEqual(SQUARE.points);
  const wide = outline({ kind: "polygon", points: [{ latitude: 10, longitude: 170 }, { latitude: 10, longitude: -170 }, { latitude: 0, longitude: 180 }] });
  expect(wide.length).toBe(48);
  expect(wide.slice(0, 17).every(({ latitude }) => latitude === 10)).toBe(true);
  expect(Math.abs(wide[8]!.longitude)).toBe(180);
});

test("points of a polygon are moved and removed, down to three", () => {
  const there = { latitude: 1, longitude: 180 };
  expect(handles(moved(SQUARE, 2, there))[2]).toEqual(there);
  const three = without(SQUARE, 0);
  expect(handles(three)).toEqual(SQUARE.points.slice(1));
  expect(without(three, 0)).toBe(three);
  expect(without(CIRCLE, 1)).toBe(CIRCLE);
});
