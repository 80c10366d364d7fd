/** What somebody types of a zone, and the zone that it is. */
import type { components } from "../../api/schema";
import type { Zone } from "./queries";
import { FEWEST_POINTS, LARGEST_RADIUS, MOST_POINTS, type Shape, SMALLEST_RADIUS } from "./shape";

export interface Draft {
  name: string;
  description: string;
  kind: Shape["kind"];
  latitude: string;
  longitude: string;
  radius: string;
  /** A point in each line: latitude, longitude. */
  points: string;
  hysteresis: string;
  dwell: string;
  enabled: boolean;
}

export type Definition = Omit<components["schemas"]["NewZone"], "name">;

export const EMPTY: Draft = { name: "", description: "", kind: "circle", latitude: "", longitude: "", radius: "", points: "", hysteresis: "", dwell: "", enabled: true };

/** Ten centimetres. */
const DIGITS = 6;
const degrees = (value: number) => String(Number(value.toFixed(DIGITS)));
const filled = (value: number | null) => (value === null ? "" : String(value));

/** The texts of a shape. */
export function textsOf(shape: Shape): Partial<Draft> {
  if (shape.kind === "circle") return { kind: "circle", latitude: degrees(shape.center.latitude), longitude: degrees(shape.center.longitude), radius: String(shape.radius) };
  return { kind: "polygon", points: shape.points.map((point) => `${degrees(point.latitude)}, ${degrees(point.longitude)}`).join("\n") };
}

export function shapeOf(zone: Zone): Shape {
  if (zone.circle) return { kind: "circle", center: zone.circle, radius: zone.circle.radius_m };
  return { kind: "polygon", points: (zone.polygon ?? []).map(([latitude = 0, longitude = 0]) => ({ latitude, longitude })) };
}

export function draftOf(zone: Zone): Draft {
  const { name, description, enabled, hysteresis_m, dwell_s } = zone;
  return { ...EMPTY, name, description, enabled, hysteresis: filled(hysteresis_m), dwell: filled(dwell_s), ...textsOf(shapeOf(zone)) };
}

export function definitionOfZone({ description, circle, polygon, hysteresis_m, dwell_s, enabled }: Zone): Definition {
  return { description, circle, polygon: polygon as number[][] | null, hysteresis_m, dwell_s, enabled };
}

/** What is wrong with a shape that was typed: a key of words, and what is in them. */
export interface Wrong {
  key: "latitude" | "longitude" | "radius" | "fewPoints" | "manyPoints" | "point";
  line?: number;
  text?: string;
}

const numberOf = (text: string) => (text.trim() === "" ? NaN : Number(text.trim()));
const isLatitude = (value: number) => value >= -90 && value <= 90;
const isLongitude = (value: number) => value >= -180 && value <= 180;

/** The shape that is typed, or what is wrong with it first. */
export function typed(draft: Draft): Shape | Wrong {
  return draft.kind === "circle" ? typedCircle(draft) : typedPolygon(draft.points);
}

export const isWrong = (found: Shape | Wrong): found is Wrong => "key" in found;

function typedCircle(draft: Draft): Shape | Wrong {
  const [latitude, longitude, radius] = [draft.latitude, draft.longitude, draft.radius].map(numberOf) as [number, number, number];
  if (!isLatitude(latitude)) return { key: "latitude" };
  if (!isLongitude(longitude)) return { key: "longitude" };
  if (!(radius >= SMALLEST_RADIUS && radius <= LARGEST_RADIUS)) return { key: "radius" };
  return { kind: "circle", center: { latitude, longitude }, radius };
}

function typedPolygon(text: string): Shape | Wrong {
  const points = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const numbers = line.split(/[\s,;]+/).filter(Boolean).map(Number);
    const [latitude = NaN, longitude = NaN] = numbers;
    if (numbers.length !== 2 || !isLatitude(latitude) || !isLongitude(longitude)) return { key: "point", line: index + 1, text: line.trim() };
    points.push({ latitude, longitude });
  }
  if (points.length < FEWEST_POINTS) return { key: "fewPoints" };
  if (points.length > MOST_POINTS) return { key: "manyPoints" };
  return { kind: "polygon", points };
}

/** What the API is asked for. */
export function definitionOf(draft: Draft, shape: Shape): Definition {
  const numeric = (text: string) => (text.trim() === "" ? null : Number(text));
  return {
    description: draft.description.trim(),
    circle: shape.kind === "circle" ? { ...shape.center, radius_m: shape.radius } : null,
    polygon: shape.kind === "polygon" ? shape.points.map(({ latitude, longitude }) => [latitude, longitude]) : null,
    hysteresis_m: numeric(draft.hysteresis),
    dwell_s: numeric(draft.dwell),
    enabled: draft.enabled,
  };
}
