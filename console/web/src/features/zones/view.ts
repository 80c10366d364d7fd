/** Which part of the globe a map shows, and where on it a place is: Mercator, as plain functions. */
import { geoMercatorRaw } from "d3-geo";

export interface Place {
  latitude: number;
  longitude: number;
}

export interface Pixel {
  x: number;
  y: number;
}

export interface View {
  /** What is in the middle. */
  center: Place;
  /** Pixels for a radian at the equator. */
  scale: number;
  width: number;
  height: number;
}

/** Metres; the mean radius, as the API reckons (IUGG). */
export const EARTH = 6_371_008.8;
/** Mercator has no poles; degrees. */
export const MOST_NORTH = 85;
/** All of the globe in a hundred pixels, and a pixel for two centimetres. */
const SMALLEST = 100 / (2 * Math.PI);
const LARGEST = EARTH / 0.02;
/** A place alone is shown with this much around it, in metres. */
const AROUND = 250;
/** Of the map's sides what is fitted leaves free. */
const FREE = 0.12;

const rad = (degrees: number) => (degrees * Math.PI) / 180;
const deg = (radians: number) => (radians * 180) / Math.PI;
const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** A longitude between -180 and 180. */
export const wrapped = (longitude: number) => ((((longitude + 180) % 360) + 360) % 360) - 180;

const north = (latitude: number) => geoMercatorRaw(0, rad(within(latitude, -MOST_NORTH, MOST_NORTH)))[1];

/** Where a place is, on the side of the globe that is nearer to the middle of the map. */
export function pixelOf(view: View, place: Place): Pixel {
  return pixelNear(view, place, wrapped(place.longitude - view.center.longitude));
}

function pixelNear(view: View, { latitude }: Place, east: number): Pixel {
  return { x: view.width / 2 + view.scale * rad(east), y: view.height / 2 - view.scale * (north(latitude) - north(view.center.latitude)) };
}

/** Where places are that are next to each other: a line over the date line does not go around the globe. */
export function pixelsOf(view: View, places: readonly Place[]): Pixel[] {
  let east = 0;
  return places.map((place, index) => {
    const before = places[index - 1];
    east = before ? east + wrapped(place.longitude - before.longitude) : wrapped(place.longitude - view.center.longitude);
    return pixelNear(view, place, east);
  });
}

export function placeOf(view: View, { x, y }: Pixel): Place {
  const up = north(view.center.latitude) - (y - view.height / 2) / view.scale;
  const latitude = deg(geoMercatorRaw.invert!(0, up)[1]);
  return { latitude: within(latitude, -MOST_NORTH, MOST_NORTH), longitude: wrapped(view.center.longitude + deg((x - view.width / 2) / view.scale)) };
}

/** Move what is shown by pixels. */
export function panned(view: View, x: number, y: number): View {
  return { ...view, center: placeOf(view, { x: view.width / 2 - x, y: view.height / 2 - y }) };
}

/** Come nearer; what is at a pixel stays there. */
export function zoomed(view: View, factor: number, at: Pixel = { x: view.width / 2, y: view.height / 2 }): View {
  const scale = within(view.scale * factor, SMALLEST, LARGEST);
  const place = placeOf(view, at);
  const now = pixelOf({ ...view, scale }, place);
  return panned({ ...view, scale }, at.x - now.x, at.y - now.y);
}

/** Show all of some places; of none the whole globe. */
export function fitted(places: readonly Place[], width: number, height: number): View {
  const first = places[0];
  if (!first) return { center: { latitude: 20, longitude: 0 }, scale: Math.max(SMALLEST, width / (2 * Math.PI)), width, height };
  // Degrees east of the first one: places on both sides of the date line are near each other.
  const easts = places.map(({ longitude }) => wrapped(longitude - first.longitude));
  const norths = places.map(({ latitude }) => north(latitude));
  const [west, east, low, high] = [Math.min(...easts), Math.max(...easts), Math.min(...norths), Math.max(...norths)];
  const latitude = deg(geoMercatorRaw.invert!(0, (low + high) / 2)[1]);
  const least = AROUND / EARTH / Math.cos(rad(latitude));
  const scale = Math.min((width * (1 - 2 * FREE)) / Math.max(rad(east - west), least), (height * (1 - 2 * FREE)) / Math.max(high - low, least));
  return { center: { latitude, longitude: wrapped(first.longitude + (west + east) / 2) }, scale: within(scale, SMALLEST, LARGEST), width, height };
}

export function metresOfPixel(view: View): number {
  return (EARTH * Math.cos(rad(view.center.latitude))) / view.scale;
}

const ROUND = [1, 2, 5, 10];

/** The greatest round number that is not greater. */
export function roundBelow(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value));
  return ten * ROUND.findLast((one) => one * ten <= value * (1 + 1e-9))!;
}

/** A length in round metres that takes no more than some pixels. */
export function bar(view: View, most: number): { metres: number; pixels: number } {
  const metres = roundBelow(metresOfPixel(view) * most);
  return { metres, pixels: metres / metresOfPixel(view) };
}

/** Pixels between two lines of the grid, at least: so much their numbers take. */
const APART = 90;

/** Degrees between two lines of the grid. */
export function gridStep(view: View): number {
  const wanted = deg(APART / view.scale);
  if (wanted > 10) return [20, 45].find((step) => step >= wanted) ?? 90;
  const below = roundBelow(wanted);
  const ten = 10 ** Math.floor(Math.log10(below) + 1e-9);
  return Number((below < wanted ? ROUND.find((one) => one * ten > below * (1 + 1e-9))! * ten : below).toPrecision(12));
}

/** The round degrees between two. */
export function lines(least: number, most: number, step: number): number[] {
  const first = Math.ceil(least / step - 1e-9);
  const count = Math.max(0, Math.floor(most / step + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
