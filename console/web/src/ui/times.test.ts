import { afterEach, expect, test, vi } from "vitest";
import { clock, regional, shortDayAndClock } from "./times";

afterEach(() => vi.unstubAllGlobals());

const evening = new Date(2026, 10, 30, 18, 6, 9);

test("a day has 24 hours in every language", () => {
  vi.stubGlobal("navigator", { languages: [] });
  expect(clock(evening, "en")).toBe("18:06");
  expect(clock(evening, "de", "seconds")).toBe("18:06:09");
  expect(clock(new Date(2026, 10, 30, 0, 5), "en")).toBe("00:05");
});

test("a language has the country that the browser has for it", () => {
  vi.stubGlobal("navigator", { languages: ["fr-CA", "en-GB", "en"] });
  expect(regional("en")).toBe("en-GB");
  expect(regional("de")).toBe("de");
  expect(shortDayAndClock(evening, "en")).toBe("30 Nov 2026, 18:06");
});
