import { Spotlight, spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { matching } from "./matching";
import { paletteIsThere } from "./openPalette";
import classes from "./Palette.module.css";
import { useActions } from "./useActions";
import { useOffers } from "./useOffers";

/** The most that is shown at once. */
const MOST = 12;

/** Everything that can be reached or done, by its words: Ctrl-K. */
export default function Palette() {
  const { t } = useTranslation();
  const { actions, places, context } = useActions();
  const [isOpen, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  useEffect(() => paletteIsThere(spotlight.open), []);
  const things = useOffers(isOpen, query, context).map((offer) => ({ ...offer, onClick: offer.run }));
  const pages = places.map((place) => ({
    id: `go ${place.path}`,
    label: t("palette.go", { page: t(place.label) }),
    leftSection: <place.icon size={18} stroke={1.7} />,
    rightSection: place.shortcut && <kbd className={classes.key}>g {place.shortcut}</kbd>,
    onClick: () => context.go(place.path),
  }));
  const offered = actions.map((action) => ({
    id: action.id,
    label: action.label,
    keywords: action.keywords,
    rightSection: action.shortcut && <kbd className={classes.key}>{action.shortcut}</kbd>,
    onClick: action.run,
  }));
  const found = matching([...pages, ...offered, ...(query.trim() ? things : [])], query).slice(0, MOST);
  return (
    <Spotlight
      actions={found.map(({ id, label, onClick, ...sections }) => ({ id, label, onClick, leftSection: "leftSection" in sections && sections.leftSection, rightSection: "rightSection" in sections && sections.rightSection }))}
      // They are those that match already.
      filter={(_, all) => all}
      query={query}
      onQueryChange={setQuery}
      onSpotlightOpen={() => setOpen(true)}
      onSpotlightClose={() => setOpen(false)}
      nothingFound={t("palette.nothing")}
      shortcut={["mod + K", "/"]}
      classNames={{ actionsList: classes.list, action: classes.action }}
      limit={MOST}
      searchProps={{
        // What is found later than it was typed has no choice of its own yet.
        onKeyDown: ({ key }) => {
          if (key !== "Enter" || document.querySelector(`.${classes.action}[data-selected]`) || !found[0]) return;
          spotlight.close();
          found[0].onClick();
        },
        placeholder: t("frame.search"),
        "aria-label": t("frame.search"),
        leftSection: <IconSearch size={18} />,
      }}
    />
  );
}
