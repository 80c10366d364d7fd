import { useTranslation } from "react-i18next";
import { length } from "./length";
import classes from "./Map.module.css";
import { bar, gridStep, lines, pixelOf, placeOf, type View, wrapped } from "./view";

/** Room of a number at a border, in pixels. */
const LABEL = 24;

/** Lines of longitude and latitude with their numbers: what a map without tiles has for a ground. */
export function Grid({ view }: { view: View }) {
  const { t, i18n } = useTranslation();
  const step = gridStep(view);
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  const format = new Intl.NumberFormat(i18n.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const half = ((view.width / 2 / view.scale) * 180) / Math.PI;
  const easts = lines(view.center.longitude - half, view.center.longitude + half, step);
  const norths = lines(placeOf(view, { x: 0, y: view.height }).latitude, placeOf(view, { x: 0, y: 0 }).latitude, step);
  const x = (longitude: number) => view.width / 2 + view.scale * (((longitude - view.center.longitude) * Math.PI) / 180);
  const y = (latitude: number) => pixelOf(view, { latitude, longitude: view.center.longitude }).y;
  const said = (value: number, positive: string, negative: string) => `${format.format(Math.abs(value))}°${value > 0 ? ` ${positive}` : value < 0 ? ` ${negative}` : ""}`;
  return (
    <g className={classes.grid} aria-hidden>
      {easts.map((east) => (
        <path key={`e${east}`} d={`M${x(east)} 0V${view.height}`} />
      ))}
      {norths.map((north) => (
        <path key={`n${north}`} d={`M0 ${y(north)}H${view.width}`} />
      ))}
      {easts.map((east) => x(east) > 3 * LABEL && x(east) < view.width - 4 * LABEL && (
        <text key={`E${east}`} x={x(east)} y={12} textAnchor="middle">
          {said(wrapped(east), t("zones.map.east"), t("zones.map.west"))}
        </text>
      ))}
      {norths.map((north) => y(north) > LABEL && y(north) < view.height - 2 * LABEL && (
        <text key={`N${north}`} x={4} y={y(north) - 3}>
          {said(north, t("zones.map.north"), t("zones.map.south"))}
        </text>
      ))}
    </g>
  );
}

/** How long a round number of metres is on the map. */
export function ScaleBar({ view }: { view: View }) {
  const { i18n } = useTranslation();
  const { metres, pixels } = bar(view, Math.min(140, view.width / 3));
  return (
    <g className={classes.scale} transform={`translate(12 ${view.height - 12})`} role="img" aria-label={length(metres, i18n.language)}>
      <path d={`M0 -6V0H${pixels}V-6`} />
      <text x={pixels / 2} y={-6} textAnchor="middle">
        {length(metres, i18n.language)}
      </text>
    </g>
  );
}
