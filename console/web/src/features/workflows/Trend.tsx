import { useTranslation } from "react-i18next";
import { StateMark } from "../../ui/StateMark";
import type { TrendDay } from "./queries";
import { lastDays } from "./trend";
import classes from "./Trend.module.css";

const WIDTH = 300;
const HEIGHT = 60;

/** How many executions there were on each of the last days, and how they ended. */
export function Trend({ trend, days }: { trend: readonly TrendDay[]; days: number }) {
  const { t, i18n } = useTranslation();
  const all = lastDays(trend, days, Date.now());
  const top = Math.max(1, ...all.map((day) => day.started));
  const step = WIDTH / all.length;
  const format = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", timeZone: "UTC" });
  const named = (day: string) => format.format(new Date(`${day}T00:00:00Z`));
  const number = new Intl.NumberFormat(i18n.language);
  const failed = all.reduce((sum, day) => sum + day.failed, 0);
  const total = all.reduce((sum, day) => sum + day.started, 0);
  return (
    <figure className={classes.trend}>
      <figcaption>{t("workflows.trend", { days })}</figcaption>
      <svg className={classes.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${t("workflows.trend", { days })}: ${t("workflows.trendSum", { count: total, number: number.format(total), failed: number.format(failed) })}`}>
        {all.map((day, index) => {
          const of = (count: number) => (count / top) * (HEIGHT - 2);
          const [bad, rest] = [of(day.failed), of(Math.max(0, day.started - day.failed))];
          const x = index * step + step * 0.12;
          return (
            <g key={day.day}>
              <title>{`${named(day.day)}: ${t("workflows.trendDay", { started: number.format(day.started), completed: number.format(day.completed), failed: number.format(day.failed) })}`}</title>
              <rect className={classes.room} x={index * step} y={0} width={step} height={HEIGHT} />
              {/* What has failed is narrower than the rest: seen without its colour, too. */}
              <rect className={classes.rest} x={x} y={HEIGHT - rest - bad} width={step * 0.76} height={rest} />
              <rect className={classes.bad} x={x + step * 0.2} y={HEIGHT - bad} width={step * 0.36} height={bad} />
            </g>
          );
        })}
        <line className={classes.line} x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} vectorEffect="non-scaling-stroke" />
      </svg>
      <div className={classes.axis}>
        <span>{all[0] && named(all[0].day)}</span>
        <span>{t("workflows.mostADay", { count: top, number: number.format(top) })}</span>
        <span>{all.length > 1 && named(all.at(-1)!.day)}</span>
      </div>
      {failed > 0 && <StateMark tone="bad">{t("workflows.trendFailed", { count: failed, number: number.format(failed) })}</StateMark>}
    </figure>
  );
}
