/** Opens the palette, which is loaded after the first page is shown: what came before is done then. */
let open: (() => void) | undefined;
let isWanted = false;

export function openPalette(): void {
  if (open) open();
  else isWanted = true;
}

/** Ask for it by a key; once it is there it listens to the keys itself. */
export function openPaletteEarly(): void {
  if (!open) isWanted = true;
}

/** The palette has been loaded. */
export function paletteIsThere(opens: () => void): void {
  open = opens;
  if (isWanted) opens();
  isWanted = false;
}
