import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { type Fact, FactList } from "../../ui/FactList";
import { Page, Section } from "../../ui/Page";
import { PageProblem, Problem } from "../../ui/Problem";
import { useCronWords } from "../../ui/cron";
import { StateMark } from "../../ui/StateMark";
import { Editor } from "./Editor";
import { isUnderstood, schedule } from "./kinds";
import { Moment } from "./Moment";
import { historyQuery, isOpen, scheduleQuery, type ScheduleReport } from "./queries";
import { Runs } from "./Runs";
import classes from "./Schedules.module.css";
import { worded } from "../../i18n/worded";
import { useLive } from "./useLive";

/** One schedule: when it fires, what became of each time, and all that can be done with it. */
export default function SchedulePage() {
  const { t } = useTranslation();
  const { name } = useParams({ strict: false }) as { name: string };
  const seen = useQuery(scheduleQuery(name));
  const history = useInfiniteQuery(historyQuery(name));
  const search = useSearch({ strict: false }) as { open?: string };
  const navigate = useNavigate();
  useLive();
  if (seen.error && !seen.data) return <PageProblem error={seen.error} onRetry={() => void seen.refetch()} missing={t("schedules.missing", { name })} list={{ path: "/schedules", title: t("schedules.title") }} />;
  if (!seen.data) return null;
  const { report } = seen.data;
  const runs = history.data?.pages.flatMap((page) => page.runs) ?? [];
  // A run by hand may go on while later ones were skipped: it can still be stopped.
  const thing = { ...report, last_run: runs.find((run) => isOpen(run.status)) ?? report.last_run };
  const close = () => void navigate({ to: "/schedules/$name", params: { name }, search: {} as never, replace: true });
  return (
    <Page title={name} lead={<Lead report={report} />} actions={<Buttons kind={schedule} thing={thing} />}>
      {report.problem && <Problem error={new Error(`${t("schedules.cannotRun")}: ${worded(report.problem)}`)} />}
      <div className={classes.columns}>
        <div className={classes.main}>
          <Runs history={history} runs={runs} zone={report.timezone} />
        </div>
        <div className={classes.main}>
          <Upcoming times={report.upcoming} zone={report.timezone} />
          <Facts report={report} />
        </div>
      </div>
      <Editor seen={seen.data} isOpen={search.open === "edit"} onClose={close} />
    </Page>
  );
}

/** The sentence of a schedule. */
function Lead({ report }: { report: ScheduleReport }) {
  const { t } = useTranslation();
  const words = useCronWords();
  if (!isUnderstood(report)) return <StateMark tone="bad">{t("schedules.wrong")}</StateMark>;
  return (
    <>
      {report.cron === null ? `${report.meaning ?? ""}.` : t("schedules.sentence", { meaning: words(report.cron, report.meaning), zone: report.timezone })}{" "}
      {!report.enabled && <StateMark tone="shut">{t("schedules.disabled")}</StateMark>}
      {report.enabled && report.cron !== null && report.next_at === null && t("schedules.never")}
      {report.next_at !== null && (
        <>
          {t("schedules.nextIs")} <Moment at={report.next_at} zone={report.timezone} isShort isDue />
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
            <Moment at={at} zone={zone} isDue />
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** What it runs after, each with its page. */
function After({ names }: { names: string[] }) {
  return names.map((name, index) => (
    <span key={name}>
      {index > 0 && ", "}
      <Link to="/schedules/$name" params={{ name }}>
        {name}
      </Link>
    </span>
  ));
}

function Facts({ report }: { report: ScheduleReport }) {
  const { t } = useTranslation();
  const given = (report.definition ?? {}) as Record<string, unknown>;
  const facts: Fact[] = [
    [t("schedules.cron"), report.cron && <code key="cron">{report.cron}</code>],
    [t("schedules.after"), report.after.length === 0 ? null : <After key="after" names={report.after} />],
    [t("schedules.action"), <Link key="action" to="/jobs" search={{ action: report.action ?? "" } as never}>{report.action}</Link>],
    [t("jobs.mesh"), report.mesh_id === "-" ? t("jobs.noMesh") : report.mesh_id],
    [t("schedules.source"), t(`schedules.sources.${report.source}`) + (report.changed ? ` ${t("schedules.changed")}` : "")],
    [t("schedules.overlap"), t(`schedules.overlaps.${String(given.overlap)}`)],
    [t("schedules.misfire"), t(`schedules.misfires.${String(given.misfire)}`)],
    ...(Object.keys((given.data as object | null) ?? {}).length > 0 ? [[t("jobs.data"), <code key="data">{JSON.stringify(given.data)}</code>] as Fact] : []),
  ];
  return (
    <Section title={t("schedules.facts")}>
      <FactList facts={facts} />
    </Section>
  );
}
