import { useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import type { Day } from "./queries";
import classes from "./Statistics.module.css";

const WIDTH = 1000;
const HEIGHT = 200;
const CELL = 40;
/** Of a cell on a telephone, where the picture is as wide as it is shown: its labels stay readable. */
const NARROW_CELL = 12;
const LEFT = 44;
/** 2024-01-01 was a Monday. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;

/** Messages and commands of each day, on top of each other; days before anything was recorded are no zeros. */
export function Days({ days, since, label }: { days: readonly Day[]; since: string | null; label: string }) {
  const { t, i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const named = (day: Day) => format.format(new Date(`${day.day}T00:00:00Z`));
  const top = Math.max(1, ...days.map((day) => day.messages + day.commands));
  const step = WIDTH / Math.max(1, days.length);
  const width = step > 3 ? step * 0.7 : step;
  const unknown = days.filter((day) => since === null || day.day < since).length;
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <div>
      <div className={classes.legend}>
        <span>{t("statistics.messages")}</span>
        <span data-other="">{t("statistics.commands")}</span>
        {unknown > 0 && <span data-unknown="">{t("statistics.unknown")}</span>}
        <small>{t("statistics.most", { count: top, number: number.format(top) })}</small>
      </div>
      <svg className={classes.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${label}: ${t("statistics.most", { count: top, number: number.format(top) })}`}>
        <line className={classes.line} x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} vectorEffect="non-scaling-stroke" />
        {unknown > 0 && (
          <rect className={classes.unknown} x="0" y="0" width={unknown * step} height={HEIGHT}>
            <title>{t("statistics.unknown")}</title>
          </rect>
        )}
        {days.map((day, index) => {
          if (index < unknown) return null;
          const said = (day.messages / top) * HEIGHT;
          const used = (day.commands / top) * HEIGHT;
          const x = index * step + (step - width) / 2;
          return (
            <g key={day.day}>
              <title>{`${named(day)}: ${t("statistics.dayWords", { messages: number.format(day.messages), commands: number.format(day.commands) })}`}</title>
              <rect className={classes.messages} x={x} y={HEIGHT - said} width={width} height={said} />
              <rect className={classes.commands} x={x} y={HEIGHT - said - used} width={width} height={used} />
            </g>
          );
        })}
      </svg>
      <div className={classes.axis}>
        <span>{days[0] && named(days[0])}</span>
        <span>{days.length > 1 && named(days[days.length - 1]!)}</span>
      </div>
    </div>
  );
}

/** How much there is in each hour of the week. */
export function Week({ week, label }: { week: readonly (readonly number[])[]; label: string }) {
  const { i18n } = useTranslation();
  const cell = useMediaQuery("(max-width: 40em)") ? NARROW_CELL : CELL;
  const weekday = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" });
  const number = new Intl.NumberFormat(i18n.language);
  const top = Math.max(1, ...week.flat());
  const names = week.map((_, index) => weekday.format(new Date(MONDAY + index * DAY)));
  const height = 24;
  return (
    <svg className={classes.week} viewBox={`0 0 ${LEFT + 24 * cell} ${7 * height + 18}`} role="img" aria-label={label}>
      {week.map((hours, day) => (
        <g key={day}>
          <text x={LEFT - 8} y={day * height + 16} textAnchor="end">
            {names[day]}
          </text>
          {hours.map((count, hour) => (
            <rect key={hour} className={classes.cell} x={LEFT + hour * cell} y={day * height} width={cell - 3} height={height - 3} rx="3" fillOpacity={0.06 + (0.94 * count) / top}>
              <title>{`${names[day]} ${hour}:00: ${number.format(count)}`}</title>
            </rect>
          ))}
        </g>
      ))}
      {[0, 6, 12, 18].map((hour) => (
        <text key={hour} x={LEFT + hour * cell} y={7 * height + 14}>{`${hour}:00`}</text>
      ))}
    </svg>
  );
}
