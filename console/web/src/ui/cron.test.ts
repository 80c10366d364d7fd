import { expect, test } from "vitest";
import { LANGUAGES } from "./cron";

test("an expression is said in German", async () => {
  const describe = await LANGUAGES.de!();
  expect(describe("*/15 * * * *")).toBe("Alle 15 Minuten");
  expect(describe("0 0 * * *")).toBe("Um 00:00, jeden Tag");
});

test("a step beyond its field leaves the first value alone", async () => {
  const describe = await LANGUAGES.de!();
  expect(describe("*/90 * * * *")).toBe(describe("0 * * * *"));
  expect(describe("0 */24 * * *")).toBe(describe("0 0 * * *"));
  expect(describe("0 0 1 */12 *")).toBe(describe("0 0 1 1 *"));
  expect(describe("*/59 * * * *")).toBe("Alle 59 Minuten");
});
