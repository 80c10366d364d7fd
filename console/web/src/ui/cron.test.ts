import { expect, test } from "vitest";
import { LANGUAGES } from "./cron";

test("an expression is said in German", async () => {
  const describe = await LANGUAGES.de!();
  expect(describe("*/15 * * * *")).toBe("Alle 15 Minuten");
  expect(describe("0 0 * * *")).toBe("Um 00:00, jeden Tag");
});
