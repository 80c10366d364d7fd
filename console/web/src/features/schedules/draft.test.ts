import { expect, test } from "vitest";
import { changesOf, definitionOf, draftOf, EMPTY, merged } from "./draft";

const saved = { name: "s", cron: "0 * * * *", action: "refresh", mesh: "-", items: ["a", "b"], data: { depth: 2 }, overlap: "skip", misfire: "latest", timeout: 30, jitter: 0, lane: "" };

test("a definition becomes texts and again what it was, without what is not set", () => {
  const { mesh: _, jitter: __, lane: ___, ...set } = saved;
  expect(definitionOf(draftOf(saved))).toEqual(set);
  expect(() => definitionOf({ ...EMPTY, data: "{" })).toThrow(SyntaxError);
});

test("changes are what differs, and an emptied field is null", () => {
  const base = draftOf(saved);
  expect(changesOf(base, base)).toEqual({});
  expect(changesOf({ ...base, cron: "5 * * * *", timeout: "", retries: "3" }, base)).toEqual({ cron: "5 * * * *", timeout: null, retries: 3 });
});

test("a schedule runs at planned times or after others, never both", () => {
  const base = draftOf(saved);
  expect(definitionOf({ ...EMPTY, name: "s", after: "a\nb", action: "refresh" })).toMatchObject({ after: ["a", "b"] });
  expect(changesOf({ ...base, cron: "", after: "a" }, base)).toEqual({ cron: "", after: ["a"] });
  const following = draftOf({ ...saved, cron: "", after: ["a"] });
  expect(changesOf({ ...following, cron: "@daily", after: "" }, following)).toEqual({ cron: "@daily", after: [] });
});

test("what was typed stays, and all else is as somebody else has saved it", () => {
  const base = draftOf(saved);
  const newest = draftOf({ ...saved, cron: "1 * * * *", timeout: 60 });
  expect(merged({ ...base, timeout: "5" }, base, newest)).toEqual({ ...newest, timeout: "5" });
});
