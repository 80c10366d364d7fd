import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Position } from "../users/queries";
import Map from "./Map";
import classes from "./Map.module.css";
import { type Place, pixelsOf } from "./view";

/** Where somebody was, as a line; the newest place stands out. */
export default function Track({ positions }: { positions: readonly Position[] }) {
  const { t } = useTranslation();
  const fit = useMemo<Place[]>(() => positions.map(({ latitude, longitude }) => ({ latitude, longitude })), [positions]);
  return (
    <Map label={t("zones.map.track", { count: positions.length })} fit={fit} isSmall>
      {(view) => {
        const pixels = pixelsOf(view, fit);
        const last = pixels[0];
        return (
          <g aria-hidden>
            <path className={classes.track} d={`M${pixels.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`} />
            {pixels.slice(1).map(({ x, y }, index) => (
              <circle key={index} className={classes.was} cx={x} cy={y} r={2.5} />
            ))}
            {last && <circle className={classes.point} cx={last.x} cy={last.y} r={7} />}
          </g>
        );
      }}
    </Map>
  );
}
