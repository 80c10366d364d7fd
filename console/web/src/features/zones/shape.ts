/** Circles and polygons: their outlines, their handles, and what becomes of them when one is moved. */
import { geoCircle, geoDistance } from "d3-geo";
import { EARTH, type Place, wrapped } from "./view";

export interface Circle {
  kind: "circle";
  center: Place;
  /** Metres. */
  radius: number;
}

export interface Polygon {
  kind: "polygon";
  points: Place[];
}

export type Shape = Circle | Polygon;

/** As the API has them (docs/station.md). */
export const SMALLEST_RADIUS = 1;
export const LARGEST_RADIUS = 5_000_000;
export const FEWEST_POINTS = 3;
export const MOST_POINTS = 500;

/** Edges are straight on a map of degrees; on this one they are bent, by so many pieces. */
const PIECES = 16;

export function metresBetween(one: Place, other: Place): number {
  return EARTH * geoDistance([one.longitude, one.latitude], [other.longitude, other.latitude]);
}

/** Places around it, the first one not again at the end. */
export function outline(shape: Shape): Place[] {
  if (shape.kind === "circle") {
    const ring = geoCircle().center([shape.center.longitude, shape.center.latitude]).radius((shape.radius / EARTH) * (180 / Math.PI)).precision(5)().coordinates[0] ?? [];
    return ring.slice(0, -1).map(([longitude = 0, latitude = 0]) => ({ latitude, longitude }));
  }
  return shape.points.flatMap((from, index) => edge(from, shape.points[(index + 1) % shape.points.length]!));
}

function edge(from: Place, to: Place): Place[] {
  const east = wrapped(to.longitude - from.longitude);
  const isLong = Math.abs(to.latitude - from.latitude) + Math.abs(east) > 0.5;
  if (!isLong) return [from];
  return Array.from({ length: PIECES }, (_, piece) => ({
    latitude: from.latitude + ((to.latitude - from.latitude) * piece) / PIECES,
    longitude: wrapped(from.longitude + (east * piece) / PIECES),
  }));
}

/** What can be taken hold of: of a circle the middle and a point of its border, of a polygon each point. */
export function handles(shape: Shape): Place[] {
  return shape.kind === "polygon" ? shape.points : [shape.center, eastOf(shape)];
}

/** The point of the border that is east of the middle. */
function eastOf({ center, radius }: Circle): Place {
  const half = Math.sin(Math.min(radius / EARTH / 2, Math.PI / 2)) / Math.max(Math.cos((center.latitude * Math.PI) / 180), 1e-6);
  const east = (2 * Math.asin(Math.min(1, half)) * 180) / Math.PI;
  return { latitude: center.latitude, longitude: wrapped(center.longitude + east) };
}

/** The shape when one of its handles is elsewhere. */
export function moved(shape: Shape, handle: number, to: Place): Shape {
  if (shape.kind === "polygon") return { ...shape, points: shape.points.with(handle, to) };
  return handle === 0 ? { ...shape, center: to } : { ...shape, radius: radiusTo(shape.center, to) };
}

/** The shape without one of its points; of those that it needs none can be removed. */
export function without(shape: Shape, handle: number): Shape {
  if (shape.kind === "circle" || shape.points.length <= FEWEST_POINTS) return shape;
  return { ...shape, points: shape.points.toSpliced(handle, 1) };
}

export function radiusTo(center: Place, border: Place): number {
  return Math.min(LARGEST_RADIUS, Math.max(SMALLEST_RADIUS, Math.round(metresBetween(center, border))));
}
