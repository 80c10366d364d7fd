import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { openPalette, openPaletteEarly } from "./openPalette";
import classes from "./Palette.module.css";

/** Opens the palette; its keys, too, until it has been loaded and listens to them itself. */
export function SearchButton() {
  const { t } = useTranslation();
  useHotkeys([
    ["mod+K", openPaletteEarly],
    ["/", openPaletteEarly],
  ]);
  return (
    <button type="button" className={classes.search} aria-label={`${t("frame.search")} Ctrl K`} onClick={openPalette} aria-keyshortcuts="Control+K">
      <IconSearch size={16} stroke={1.8} />
      <span className={classes.words}>{t("frame.search")}</span>
      <kbd className={classes.key}>Ctrl K</kbd>
    </button>
  );
}
