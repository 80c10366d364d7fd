/** States of everything: one tone, one shape and one word for each. */
export type Tone = "ok" | "busy" | "warn" | "bad" | "shut" | "idle";

export type Shape = "disc" | "ring" | "triangle" | "cross" | "square" | "dash";

export const SHAPES: Record<Tone, Shape> = {
  ok: "disc",
  busy: "ring",
  warn: "triangle",
  bad: "cross",
  shut: "square",
  idle: "dash",
};
