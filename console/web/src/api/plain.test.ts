import { expect, test } from "vitest";
import { parsePlain, plain } from "./plain";

test("texts lose what is not seen and keep what is", () => {
  expect(plain("\u001b[1;31mred\u001b[0m \u202etxt.exe\u2069\n\tשלום <b>")).toBe("red txt.exe\n\tשלום <b>");
  expect(parsePlain('{"a": ["\\u001b[31mred", 1], "b": "\\\\u001b stays"}')).toEqual({ a: ["red", 1], b: "\\u001b stays" });
});
