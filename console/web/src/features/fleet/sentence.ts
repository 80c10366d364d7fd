import type { TFunction } from "i18next";
import { counts, type MeshStatus } from "./tones";
import type { Tone } from "../../ui/state";

const TROUBLES: Tone[] = ["bad", "warn", "shut", "idle"];

export interface StateSentence {
  tone: Tone;
  text: string;
}

/** Whether everything is all right, in one sentence; if not: what is not, the worst first. */
export function stateSentence(meshes: readonly MeshStatus[], t: TFunction): StateSentence {
  const total = counts(meshes);
  if (meshes.length === 0) return { tone: "idle", text: t("fleet.sentence.none") };
  const troubles = TROUBLES.filter((tone) => total[tone] > 0);
  if (troubles.length === 0 && total.busy > 0) {
    return { tone: "busy", text: t("fleet.sentence.coming", { count: total.busy, ok: total.ok, all: meshes.length }) };
  }
  const worst = troubles[0];
  if (!worst) return { tone: "ok", text: t("fleet.sentence.all", { count: meshes.length }) };
  const parts = troubles.map((tone) => t(`fleet.sentence.${tone}`, { count: total[tone] }));
  const list = new Intl.ListFormat(t("common.locale"), { type: "conjunction" }).format(parts);
  return {
    tone: worst === "idle" ? "ok" : worst,
    text: t("fleet.sentence.some", { ok: total.ok, all: meshes.length, list }),
  };
}
