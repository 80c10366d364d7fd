import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../session/session";
import { useFeatures } from "./features";
import { grouped } from "./groups";
import classes from "./Navigation.module.css";
import { part } from "./release";

const More = lazy(part(() => import("./More")));

/** Places that a narrow screen has beside "More"; a style sheet hides the others there. */
const NARROW = 4;

/** Where one can go: a column at the side; on a telephone a bar under the thumb. */
export function Navigation() {
  const { t } = useTranslation();
  const { may } = useSession();
  const places = useFeatures().flatMap((feature) => feature.places ?? []).filter((place) => may(place.scope));
  return (
    <nav className={classes.nav} aria-label={t("frame.navigation")}>
      <Link to="/" className={classes.brand}>
        <img src="/icon.svg" alt="" width={24} height={24} />
        <span>Meshvisor</span>
      </Link>
      {grouped(places).map(([group, its]) => (
        <div key={group} className={classes.group} data-wide={its.every((place) => places.indexOf(place) >= NARROW) || undefined}>
          {group !== "first" && (
            <h2 className={classes.heading} id={`places-${group}`}>
              {t(`frame.groups.${group}`)}
            </h2>
          )}
          <ul className={classes.places} aria-labelledby={group === "first" ? undefined : `places-${group}`}>
            {its.map((place) => (
              <li key={place.path} data-wide={places.indexOf(place) >= NARROW || undefined}>
                <Link to={place.path} className={classes.place} activeOptions={{ exact: place.path === "/" }} activeProps={{ "data-active": "" }}>
                  <place.icon size={18} stroke={1.7} />
                  <span>{t(place.label)}</span>
                </Link>
              </li>
            ))}
            {group === "first" && places.length > NARROW && (
              <li className={classes.more}>
                <Suspense>
                  <More places={places.slice(NARROW)} />
                </Suspense>
              </li>
            )}
          </ul>
        </div>
      ))}
    </nav>
  );
}
