import { expect, test } from "vitest";
import { bar, fitted, gridStep, lines, metresOfPixel, panned, pixelOf, pixelsOf, placeOf, roundBelow, zoomed } from "./view";

const HARBOUR = { latitude: 38.7069, longitude: -9.1442 };
const VIEW = fitted([HARBOUR], 800, 600);

const near = (found: { latitude: number; longitude: number }, wanted: typeof HARBOUR) => {
  expect(found.latitude).toBeCloseTo(wanted.latitude, 8);
  expect(found.longitude).toBeCloseTo(wanted.longitude, 8);
};

test("what is fitted is in the middle, and all of it can be seen", () => {
  expect(pixelOf(VIEW, HARBOUR)).toEqual({ x: 400, y: 300 });
  const others = [HARBOUR, { latitude: 38.75, longitude: -9.2 }, { latitude: 38.6, longitude: -9.05 }];
  const view = fitted(others, 360, 300);
  for (const place of others) {
    const { x, y } = pixelOf(view, place);
    expect(x > 0 && x < 360 && y > 0 && y < 300).toBe(true);
  }
});

test("a place has a pixel, and the pixel has that place", () => {
  near(placeOf(VIEW, pixelOf(VIEW, { latitude: 38.7071, longitude: -9.1445 })), { latitude: 38.7071, longitude: -9.1445 });
});

test("places on both sides of the date line are next to each other", () => {
  const fiji = [{ latitude: -17, longitude: 179 }, { latitude: -17, longitude: -179 }];
  const view = fitted(fiji, 800, 600);
  expect(Math.abs(view.center.longitude)).toBeCloseTo(180);
  const [west, east] = pixelsOf(view, fiji);
  expect(east!.x - west!.x).toBeCloseTo(800 * 0.76);
});

test("moving and zooming leave under the pointer what is there", () => {
  near(placeOf(panned(VIEW, 50, -30), { x: 450, y: 270 }), HARBOUR);
  const at = { x: 120, y: 80 };
  near(placeOf(zoomed(VIEW, 3, at), at), placeOf(VIEW, at));
  near(placeOf(zoomed(VIEW, 0.4, at), at), placeOf(VIEW, at));
});

test("the map ends before the poles and at a sensible size", () => {
  const top = panned(fitted([], 800, 600), 0, 1e6);
  expect(top.center.latitude).toBe(85);
  expect(zoomed(VIEW, 1e12).scale).toBe(zoomed(VIEW, 1e15).scale);
});

test("the scale is a round number of metres", () => {
  expect([7, 20, 49.9, 51, 999].map(roundBelow)).toEqual([5, 20, 20, 50, 500]);
  const { metres, pixels } = bar(VIEW, 140);
  expect(pixels).toBeLessThanOrEqual(140);
  expect(metres / pixels).toBeCloseTo(metresOfPixel(VIEW));
});

test("the lines of the grid are at round degrees", () => {
  expect(lines(-9.2, -9.0, 0.05)).toEqual([-9.2, -9.15, -9.1, -9.05, -9]);
  expect(gridStep(VIEW)).toBeLessThan(0.01);
  expect(gridStep(fitted([], 800, 600))).toBe(45);
  for (const factor of [1, 1.7, 3, 5.5, 11, 100]) {
    const view = zoomed(VIEW, factor);
    expect((gridStep(view) * Math.PI * view.scale) / 180).toBeGreaterThanOrEqual(90);
  }
});
