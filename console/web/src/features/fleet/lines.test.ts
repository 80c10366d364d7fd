import { expect, test } from "vitest";
import { type LogLine, NOTHING, withNewer, withOlder } from "./lines";

function line(ts: number, text = `line ${ts}`): LogLine {
  return { ts, text, level: "info", mesh_id: "den" };
}

const texts = (lines: LogLine[]) => lines.map((one) => one.text);

test("new lines come behind known ones, and each once", () => {
  const known = withNewer(NOTHING, [line(1), line(2)]);
  const more = withNewer(known, [line(2), line(3)]);
  expect(texts(more.lines)).toEqual(["line 1", "line 2", "line 3"]);
  expect(withNewer(more, [line(2), line(3)])).toBe(more);
});

test("after a flood the lines go on where they are", () => {
  const known = withNewer(NOTHING, [line(1)]);
  expect(texts(withNewer(known, [line(5), line(6)]).lines)).toEqual(["line 1", "line 5", "line 6"]);
});

test("older lines come in front and keep the numbers of the others", () => {
  const known = withNewer(NOTHING, [line(3, "b"), line(4)]);
  const more = withOlder(known, [line(2), line(3, "a"), line(3, "b")], 3);
  expect(texts(more.lines)).toEqual(["line 2", "a", "b", "line 4"]);
  expect(more.first).toBe(-2);
  expect(more.isAll).toBe(false);
  expect(withOlder(more, [line(2)], 3)).toMatchObject({ isAll: true, first: -2 });
});
