import { Button } from "@mantine/core";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Sparkline } from "../../ui/Sparkline";
import { StateMark } from "../../ui/StateMark";
import { Moment } from "./Moment";
import { type Run, TONES } from "./queries";
import { RunStrip } from "./RunStrip";
import classes from "./Schedules.module.css";
import { worded } from "../../i18n/worded";

/** Runs in the strip of the page. */
const STRIP = 60;

/** What became of planned times, newest first; the newest error is open at once. */
export function Runs({ history, runs, zone }: { history: UseInfiniteQueryResult<unknown>; runs: Run[]; zone: string | null }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const newestError = runs.find((run) => run.error !== null)?.planned_at;
  const open = (key: string) => {
    setOpened(new Set([...opened, key]));
    document.getElementById(`run-${key}`)?.scrollIntoView({ block: "center" });
  };
  return (
    <Section title={t("schedules.history")}>
      {history.error && <Problem error={history.error} onRetry={() => void history.refetch()} />}
      {history.data !== undefined && runs.length === 0 && <Empty title={t("schedules.noRuns")}>{t("schedules.noRunsBody")}</Empty>}
      {runs.length > 0 && (
        <>
          <RunStrip runs={runs} zone={zone} places={STRIP} onOpen={open} />
          <Durations runs={runs.slice(0, STRIP)} />
          <ol className={classes.runs}>
            {runs.map((run) => (
              <Row key={run.planned_at} run={run} zone={zone} isOpen={run.planned_at === newestError || opened.has(run.planned_at)} />
            ))}
          </ol>
        </>
      )}
      {history.hasNextPage && (
        <Button variant="default" onClick={() => void history.fetchNextPage()}>
          {t("schedules.older")}
        </Button>
      )}
    </Section>
  );
}

function Row({ run, zone, isOpen }: { run: Run; zone: string | null; isOpen: boolean }) {
  const { t } = useTranslation();
  return (
    <li id={`run-${run.planned_at}`}>
      <StateMark tone={TONES[run.status] ?? "idle"}>{t(`schedules.status.${run.status}`)}</StateMark>
      <span>
        <Moment at={run.planned_at} zone={zone} />
        {run.started_by && <span className="foreign"> {t("schedules.by", { name: run.started_by })}</span>}
      </span>
      <span className={classes.end}>
        {run.duration_ms !== null && <Duration ms={run.duration_ms} />}{" "}
        {run.job_id !== null && (
          <Link to="/jobs/$id" params={{ id: String(run.job_id) }}>
            #{run.job_id}
          </Link>
        )}
      </span>
      {run.reason && <p className="foreign">{worded(run.reason)}</p>}
      {run.error && (
        <details open={isOpen}>
          <summary>{t("schedules.error")}</summary>
          <pre className={classes.error}>{run.error}</pre>
        </details>
      )}
    </li>
  );
}

/** A duration with the unit that fits. */
function Duration({ ms }: { ms: number }) {
  const { i18n } = useTranslation();
  const [unit, value] = ms < 1000 ? (["millisecond", ms] as const) : ms < 60_000 ? (["second", ms / 1000] as const) : ms < 3_600_000 ? (["minute", ms / 60_000] as const) : (["hour", ms / 3_600_000] as const);
  return new Intl.NumberFormat(i18n.language, { style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 2 }).format(value);
}

function Durations({ runs }: { runs: Run[] }) {
  const { t } = useTranslation();
  const values = runs.map((run) => run.duration_ms).toReversed();
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return null;
  const sorted = known.toSorted((one, other) => one - other);
  return (
    <p className={classes.durations}>
      <Sparkline values={values} label={t("schedules.durations", { count: values.length })} width={240} />
      <span>
        {t("schedules.durations", { count: values.length })}: <Duration ms={sorted[0]!} /> – <Duration ms={sorted.at(-1)!} />
      </span>
    </p>
  );
}
