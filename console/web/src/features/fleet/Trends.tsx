import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { megabytes, milliseconds } from "../../ui/format";
import { Section } from "../../ui/Page";
import { Sparkline } from "../../ui/Sparkline";
import { clock } from "../../ui/times";
import classes from "./Fleet.module.css";
import { historyQuery, type Sample } from "./queries";

const WIDTH = 320;
const HEIGHT = 44;

/** What lag and memory of a mesh were lately, with the median of all meshes behind. */
export function Trends({ id }: { id: string }) {
  const { t } = useTranslation();
  const history = useQuery(historyQuery(id));
  const samples = history.data?.samples ?? [];
  const minutes = Math.max(1, Math.round((Date.parse(samples.at(-1)?.at ?? "") - Date.parse(samples[0]?.at ?? "")) / 60_000) || 1);
  return (
    <Section title={t("fleet.trends")} aside={samples.length > 1 && t("fleet.lastMinutes", { count: minutes })}>
      {history.data && samples.length < 2 && <p className={classes.hint}>{t("fleet.noTrends")}</p>}
      {samples.length > 1 && (
        <>
          <Trend name={t("fleet.lag")} samples={samples} of={(one) => one.event_loop_lag_ms} ofAll={(one) => one.median_event_loop_lag_ms} write={milliseconds} />
          <Trend name={t("fleet.memory")} samples={samples} of={(one) => one.memory_bytes} ofAll={(one) => one.median_memory_bytes} write={megabytes} />
        </>
      )}
    </Section>
  );
}

interface TrendProps {
  name: string;
  samples: Sample[];
  of: (sample: Sample) => number | null;
  ofAll: (sample: Sample) => number | null;
  write: (value: number, language: string) => string;
}

/** A line, and in words what it is now, or was under the pointer. */
function Trend({ name, samples, of, ofAll, write }: TrendProps) {
  const { t, i18n } = useTranslation();
  const [pointed, setPointed] = useState<number>();
  const shown = samples[pointed ?? samples.length - 1] ?? samples.at(-1)!;
  const words = (value: number | null) => (value === null ? "–" : write(value, i18n.language));
  const time = clock(new Date(shown.at), i18n.language, "seconds");
  const point = (event: React.PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setPointed(Math.round(((event.clientX - box.left) / box.width) * (samples.length - 1)));
  };
  return (
    <div className={classes.trend}>
      <div className={classes.trendHead}>
        <span>{name}</span>
        <span className="numbers">{t("fleet.besides", { value: words(of(shown)), all: words(ofAll(shown)) })}</span>
        <span className={classes.hint}>{pointed === undefined ? t("fleet.now") : time}</span>
      </div>
      <div className={classes.trendLine} onPointerMove={point} onPointerLeave={() => setPointed(undefined)}>
        <Sparkline values={samples.map(of)} medians={samples.map(ofAll)} label={t("fleet.trendLabel", { name })} width={WIDTH} height={HEIGHT} isFilled />
      </div>
    </div>
  );
}
