import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { lasting } from "../../ui/format";
import classes from "./Jobs.module.css";
import { paceOf, type Sample, sampled } from "./pace";
import type { Counts } from "./queries";

/** How fast a job is while one looks, and when it will be done. */
export function Pace({ counts, at }: { counts: Counts; /** When they were read, in milliseconds. */ at: number }) {
  const { t, i18n } = useTranslation();
  const [samples, setSamples] = useState<Sample[]>([]);
  const ended = counts.done + counts.failed + counts.existing;
  useEffect(() => setSamples((before) => sampled(before, { at, ended })), [at, ended]);
  const pace = paceOf(samples, counts.pending);
  if (!pace) return null;
  const rate = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: pace.perMinute < 10 ? 1 : 0 }).format(pace.perMinute);
  return <p className={classes.pace}>{t("jobs.pace", { rate, left: lasting(pace.secondsLeft, i18n.language) })}</p>;
}
