import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../../session/session";
import { Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { Editor } from "./Editor";
import { Moment } from "./Moment";
import { historyQuery, type Run, scheduleQuery, type ScheduleReport, type Seen } from "./queries";
import { Runs } from "./Runs";
import classes from "./Schedules.module.css";
import { useControl } from "./useControl";
import { useLive } from "./useLive";

/** States of a run that can still be stopped. */
const OPEN = ["queued", "active", "paused", "interrupted", "waiting"];

/** One schedule: when it fires, what became of each time, and all that can be done with it. */
export default function SchedulePage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const seen = useQuery(scheduleQuery(name));
  const history = useInfiniteQuery(historyQuery(name));
  const [isEditing, setEditing] = useState(false);
  useLive();
  if (seen.error && !seen.data) return <Problem error={seen.error} onRetry={() => void seen.refetch()} />;
  if (!seen.data) return null;
  const { report } = seen.data;
  const runs = history.data?.pages.flatMap((page) => page.runs) ?? [];
  return (
    <Page title={name} lead={<Lead report={report} />} actions={<Controls seen={seen.data} runs={runs} onEdit={() => setEditing(true)} />}>
      {report.problem && <Problem error={new Error(report.problem)} />}
      <div className={classes.columns}>
        <div className={classes.main}>
          <Runs history={history} runs={runs} zone={report.timezone} />
        </div>
        <div className={classes.main}>
          <Upcoming times={report.upcoming} zone={report.timezone} />
          <Facts report={report} />
        </div>
      </div>
      <Editor seen={seen.data} isOpen={isEditing} onClose={() => setEditing(false)} />
    </Page>
  );
}

/** The sentence of a schedule. */
function Lead({ report }: { report: ScheduleReport }) {
  const { t } = useTranslation();
  if (report.cron === null) return <StateMark tone="bad">{t("schedules.wrong")}</StateMark>;
  return (
    <>
      {t("schedules.sentence", { meaning: report.meaning, zone: report.timezone })}{" "}
      {!report.enabled && <StateMark tone="shut">{t("schedules.disabled")}</StateMark>}
      {report.enabled && report.next_at === null && t("schedules.never")}
      {report.next_at !== null && (
        <>
          {t("schedules.nextIs")} <Moment at={report.next_at} zone={report.timezone} isShort />
        </>
      )}
    </>
  );
}

function Controls({ seen, runs, onEdit }: { seen: Seen; runs: Run[]; onEdit: () => void }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const { report } = seen;
  const control = useControl(report);
  const isRunning = runs.some((run) => OPEN.includes(run.status));
  const isKnown = report.cron !== null;
  return (
    <>
      {may("schedules:operate") && isKnown && (
        <>
          <Button onClick={() => void control.start()}>{t("schedules.start")}</Button>
          <Button variant="default" disabled={!isRunning} onClick={() => void control.stop()}>
            {t("schedules.stop")}
          </Button>
          <Button variant="default" disabled={!isRunning} onClick={() => void control.restart()}>
            {t("schedules.restart")}
          </Button>
        </>
      )}
      {may("schedules:edit") && (
        <>
          {isKnown && (
            <>
              <Button variant="default" onClick={() => void (report.enabled ? control.disable() : control.enable())}>
                {t(report.enabled ? "schedules.disable" : "schedules.enable")}
              </Button>
              <Button variant="default" onClick={onEdit}>
                {t("schedules.edit")}
              </Button>
            </>
          )}
          {(report.source === "run time" || report.changed) && (
            <Button variant="default" onClick={() => void control.remove()}>
              {t(report.source === "run time" ? "schedules.remove" : "schedules.reset")}
            </Button>
          )}
        </>
      )}
    </>
  );
}

/** The next planned times in their zone. */
export function Upcoming({ times, zone }: { times: string[]; zone: string | null }) {
  const { t } = useTranslation();
  if (times.length === 0) return null;
  return (
    <Section title={t("schedules.upcoming")} aside={zone}>
      <ol className={classes.times}>
        {times.map((at) => (
          <li key={at}>
            <Moment at={at} zone={zone} />
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Facts({ report }: { report: ScheduleReport }) {
  const { t } = useTranslation();
  const given = (report.definition ?? {}) as Record<string, unknown>;
  const facts: [string, React.ReactNode][] = [
    [t("schedules.cron"), <code key="cron">{report.cron}</code>],
    [t("schedules.action"), <Link key="action" to="/jobs" search={{ action: report.action ?? "" } as never}>{report.action}</Link>],
    [t("jobs.mesh"), report.mesh_id === "-" ? t("jobs.noMesh") : report.mesh_id],
    [t("schedules.source"), t(`schedules.sources.${report.source}`) + (report.changed ? ` ${t("schedules.changed")}` : "")],
    [t("schedules.overlap"), t(`schedules.overlaps.${String(given.overlap)}`)],
    [t("schedules.misfire"), t(`schedules.misfires.${String(given.misfire)}`)],
    ...(Object.keys((given.data as object | null) ?? {}).length > 0 ? [[t("jobs.data"), <code key="data">{JSON.stringify(given.data)}</code>] as [string, React.ReactNode]] : []),
  ];
  return (
    <Section title={t("schedules.facts")}>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd className="foreign">{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
