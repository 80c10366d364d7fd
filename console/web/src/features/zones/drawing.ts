/** Drawing a shape place by place, with a mouse, a finger or keys: what it is so far. */
import { type Shape, FEWEST_POINTS, MOST_POINTS, radiusTo } from "./shape";
import type { Place } from "./view";

export interface Drawing {
  kind: Shape["kind"];
  /** The places that were set. */
  places: Place[];
}

export type Step =
  | { do: "set"; at: Place; /** It is where the polygon has begun. */ isFirst?: boolean }
  | { do: "back" }
  | { do: "finish" };

/** What is drawn after a step, or the shape when it is finished. */
export function stepped(drawing: Drawing, step: Step): Drawing | Shape {
  const { kind, places } = drawing;
  switch (step.do) {
    case "back":
      return { ...drawing, places: places.slice(0, -1) };
    case "finish":
      return finished(drawing);
    case "set": {
      if (kind === "circle") return places[0] ? { kind, center: places[0], radius: radiusTo(places[0], step.at) } : { kind, places: [step.at] };
      if (step.isFirst) return finished(drawing);
      return places.length < MOST_POINTS ? { kind, places: [...places, step.at] } : drawing;
    }
  }
}

/** A polygon that has enough points; a circle needs its second place. */
export const canFinish = ({ kind, places }: Drawing) => kind === "polygon" && places.length >= FEWEST_POINTS;

function finished(drawing: Drawing): Drawing | Shape {
  return canFinish(drawing) ? { kind: "polygon", points: drawing.places } : drawing;
}

/** Whether it is finished. */
export const isShape = (drawn: Drawing | Shape): drawn is Shape => !("places" in drawn);

/** What it would be if the next place were here; undefined: nothing that can be seen. */
export function preview({ kind, places }: Drawing, at: Place): Shape | undefined {
  if (kind === "circle") return places[0] && { kind, center: places[0], radius: radiusTo(places[0], at) };
  return places.length > 0 ? { kind, points: [...places, at] } : undefined;
}
