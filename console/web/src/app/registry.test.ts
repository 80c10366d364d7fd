import { expect, test } from "vitest";
import en from "../i18n/en.json";
import type { Kind } from "./features";
import { FEATURES } from "./registry";

const KINDS: Kind<unknown>[] = (await Promise.all(FEATURES.map((feature) => feature.kinds?.()))).flatMap((part) => part?.kinds ?? []);
const PLACES = FEATURES.flatMap((feature) => feature.places ?? []);
const ACTIONS = FEATURES.flatMap((feature) => feature.actions ?? []);

function words(key: string): unknown {
  return key.split(".").reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], en);
}

test("every place has a key of its own", () => {
  const keys = PLACES.map((place) => place.shortcut);
  expect(keys).not.toContain(undefined);
  expect(new Set(keys).size).toBe(keys.length);
});

test("everything that can be done has words, and an id of its own", () => {
  const offered = [...ACTIONS, ...KINDS.flatMap((kind) => kind.actions)];
  const keys = [...offered.map((one) => one.label), ...KINDS.flatMap((kind) => [`help.kinds.${kind.name}`, ...kind.actions.map((one) => one.sentence)])];
  expect(keys.filter((key) => typeof words(key) !== "string")).toEqual([]);
  expect(new Set(offered.map((one) => one.id)).size).toBe(offered.length);
});

test("what is done with one of many names it", () => {
  const sentences = KINDS.flatMap((kind) => kind.actions.map((one) => String(words(one.sentence))));
  expect(sentences.filter((sentence) => !sentence.includes("{{name}}"))).toEqual([]);
});

test("what has a page of its own can be opened by name", () => {
  const missing = KINDS.filter((kind) => kind.all && kind.pathOf && typeof words(`palette.open.${kind.name}`) !== "string");
  expect(missing.map((kind) => kind.name)).toEqual([]);
});
