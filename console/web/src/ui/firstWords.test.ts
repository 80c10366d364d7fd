import { expect, test } from "vitest";
import { firstWords } from "./firstWords";

test("what a library tells its authors is left out", () => {
  const raw = `A Connection error occurred sending JSON notification to 127.0.0.1.: HTTPConnectionPool(host='127.0.0.1', port=9): Max retries exceeded (Caused by NewConnectionError("refused"))`;
  expect(firstWords(raw)).toBe("A Connection error occurred sending JSON notification to 127.0.0.1.");
});

test("a short sentence stays as it is", () => {
  expect(firstWords("ValueError: the price list is not there")).toBe("ValueError: the price list is not there");
  expect(firstWords("kicked")).toBe("kicked");
});

test("of many lines the first is read, and a long one is cut behind a word", () => {
  expect(firstWords("it is empty\nline 2")).toBe("it is empty.");
  expect(firstWords("word ".repeat(100)).length).toBeLessThan(170);
});
