import type { Group, Place } from "./features";

/** Places under their headings, in their order. */
export function grouped(places: readonly Place[]): [Group, Place[]][] {
  const groups = new Map<Group, Place[]>([["first", []]]);
  for (const place of places) groups.set(place.group, [...(groups.get(place.group) ?? []), place]);
  return [...groups];
}
