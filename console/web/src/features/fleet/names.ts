import type { TFunction } from "i18next";

const MOST_NAMED = 5;

/** Names of meshes, the first ones of many: "lobby, den and 3 more". */
export function namesOf(ids: readonly string[], t: TFunction): string {
  const more = ids.length - MOST_NAMED;
  const shown = ids.slice(0, MOST_NAMED).join(", ");
  return more > 0 ? t("fleet.named", { shown, count: more }) : shown;
}
