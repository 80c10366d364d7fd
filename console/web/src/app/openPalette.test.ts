import { expect, test, vi } from "vitest";
import { openPalette, openPaletteEarly, paletteIsThere } from "./openPalette";

test("what asked for the palette before it was loaded opens it, and keys are then its own", () => {
  const open = vi.fn();
  openPaletteEarly();
  paletteIsThere(open);
  expect(open).toHaveBeenCalledTimes(1);
  openPaletteEarly();
  expect(open).toHaveBeenCalledTimes(1);
  openPalette();
  expect(open).toHaveBeenCalledTimes(2);
});
