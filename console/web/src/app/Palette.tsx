import { Spotlight, spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "../session/session";
import classes from "./Palette.module.css";
import { FEATURES } from "./registry";

/** Everything that can be reached or done, by its words: Ctrl-K. */
export function Palette() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { may } = useSession();
  const go = (path: string) => void navigate({ to: path });
  const places = FEATURES.flatMap((feature) => feature.places ?? [])
    .filter((place) => may(place.scope))
    .map((place) => ({
      id: `go ${place.path}`,
      label: t("palette.go", { page: t(place.label) }),
      leftSection: <place.icon size={18} stroke={1.7} />,
      onClick: () => go(place.path),
    }));
  const actions = FEATURES.flatMap((feature) => feature.actions ?? [])
    .filter((action) => may(action.scope))
    .map((action) => ({
      id: action.id,
      label: t(action.label),
      keywords: action.keywords,
      onClick: () => void action.run(go),
    }));
  return (
    <Spotlight
      actions={[...places, ...actions]}
      nothingFound={t("palette.nothing")}
      shortcut={["mod + K", "/"]}
      highlightQuery
      limit={12}
      searchProps={{ placeholder: t("frame.search"), "aria-label": t("frame.search"), leftSection: <IconSearch size={18} /> }}
    />
  );
}

export function SearchButton() {
  const { t } = useTranslation();
  return (
    <button type="button" className={classes.search} aria-label={`${t("frame.search")} Ctrl K`} onClick={spotlight.open} aria-keyshortcuts="Control+K">
      <IconSearch size={16} stroke={1.8} />
      <span className={classes.words}>{t("frame.search")}</span>
      <kbd className={classes.key}>Ctrl K</kbd>
    </button>
  );
}
