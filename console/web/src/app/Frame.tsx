import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { stream } from "../live/stream";
import { useSession } from "../session/session";
import { AccountMenu } from "./AccountMenu";
import { FEATURES } from "./registry";
import classes from "./Frame.module.css";
import { Palette, SearchButton } from "./Palette";
import { StateLine } from "./StateLine";
import { StreamLine } from "./StreamLine";

/** What is around every page: the places, the sentence of state, what needs a person. */
export function Frame() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  useEffect(() => {
    const forget = stream.onGap(() => void queries.invalidateQueries());
    stream.open();
    return () => {
      forget();
      stream.close();
    };
  }, [queries]);
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content">
        {t("frame.skip")}
      </a>
      <Navigation />
      <div className={classes.main}>
        <StreamLine />
        <header className={classes.top}>
          <StateLine />
          <SearchButton />
          <AccountMenu />
        </header>
        <main id="content" className={classes.content} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Palette />
    </div>
  );
}

function Navigation() {
  const { t } = useTranslation();
  const { may } = useSession();
  const places = FEATURES.flatMap((feature) => feature.places ?? []).filter((place) => may(place.scope));
  return (
    <nav className={classes.nav} aria-label={t("frame.navigation")}>
      <Link to="/" className={classes.brand}>
        <img src="/icon.svg" alt="" width={24} height={24} />
        <span>Meshvisor</span>
      </Link>
      <ul className={classes.places}>
        {places.map((place) => (
          <li key={place.path}>
            <Link to={place.path} className={classes.place} activeOptions={{ exact: place.path === "/" }} activeProps={{ "data-active": "" }}>
              <place.icon size={18} stroke={1.7} />
              <span>{t(place.label)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
