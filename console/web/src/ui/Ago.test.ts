import { expect, test } from "vitest";
import { distance } from "./Ago";

test("what has just been is not ahead, in either language", () => {
  expect([-0.4, 0.9, 1.8].map((seconds) => distance(seconds, "en"))).toEqual(["now", "now", "now"]);
  expect(distance(1.2, "de")).toBe("jetzt");
  expect([-1.2, 2.5, -7300].map((seconds) => distance(seconds, "en"))).toEqual(["1 second ago", "in 2 seconds", "2 hours ago"]);
  expect(distance(-61, "en", "narrow")).toBe("1m ago");
});
