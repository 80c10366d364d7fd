import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "../../session/session";
import { distance } from "../../ui/Ago";
import { Empty, Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { useNow } from "../../ui/useNow";
import { Editor } from "./Editor";
import { Moment } from "./Moment";
import { listQuery, newestQuery, type Schedule, TONES } from "./queries";
import { RunStrip } from "./RunStrip";
import classes from "./Schedules.module.css";
import { useLive } from "./useLive";

/** Runs in the strip of a row. */
const STRIP = 30;
/** Schedules that are named where several have failed. */
const MOST_NAMED = 3;

/** All schedules: what fires next, and what became of the last times. */
export default function Schedules() {
  const { t } = useTranslation();
  const { may } = useSession();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { open?: string };
  const list = useInfiniteQuery(listQuery);
  useLive();
  const rows = list.data?.pages.flatMap((page) => page.schedules) ?? [];
  const setOpen = (open?: string) => void navigate({ to: "/schedules", search: { open } as never, replace: true });
  return (
    <Page title={t("schedules.title")} lead={list.data && <Lead schedules={rows} />} actions={may("schedules:edit") && <Button onClick={() => setOpen("add")}>{t("schedules.add")}</Button>}>
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t("schedules.none")}>{t("schedules.noneBody")}</Empty>}
      <Failed schedules={rows} />
      {rows.length > 0 && <Rows schedules={rows} onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined} />}
      <Editor isOpen={search.open === "add"} onClose={() => setOpen()} />
    </Page>
  );
}

/** How many there are, and which fires next. */
function Lead({ schedules }: { schedules: Schedule[] }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const next = schedules.filter((one) => one.next_at !== null && one.problem === null).toSorted((one, other) => Date.parse(one.next_at!) - Date.parse(other.next_at!))[0];
  const count = t("schedules.count", { count: schedules.length });
  if (!next) return `${count} ${t("schedules.noNext")}`;
  return `${count} ${t("schedules.leadNext", { name: next.name, when: distance(Math.max(0, (Date.parse(next.next_at!) - now) / 1000), i18n.language) })}`;
}

/** What needs a person: those that failed last, or cannot run. */
function Failed({ schedules }: { schedules: Schedule[] }) {
  const { t } = useTranslation();
  const wrong = schedules.filter((one) => one.problem !== null || one.last_run?.status === "failed").filter((one) => one.enabled || one.cron === null);
  return wrong.slice(0, MOST_NAMED).map((one) => (
    <p key={one.name} className={classes.needs}>
      <StateMark tone={one.problem === null ? "bad" : "warn"}>{t(one.problem === null ? "schedules.failedLast" : "schedules.cannotRun")}</StateMark>{" "}
      <Link to="/schedules/$name" params={{ name: one.name }}>
        {one.name}
      </Link>
      {(one.problem ?? one.last_run?.error) && <span className="foreign">: {one.problem ?? one.last_run?.error}</span>}
    </p>
  ));
}

function Rows({ schedules, onEnd }: { schedules: Schedule[]; onEnd?: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const columns: Column<Schedule>[] = [
    { key: "name", title: t("schedules.name"), width: "minmax(7rem, 2fr)", cell: (one) => <Link to="/schedules/$name" params={{ name: one.name }}>{one.name}</Link> },
    { key: "meaning", title: t("schedules.when"), width: "minmax(8rem, 2.5fr)", wide: true, cell: (one) => <span title={`${one.cron ?? ""} ${one.timezone ?? ""}`}>{one.meaning}</span> },
    { key: "next", title: t("schedules.next"), width: "minmax(6.5rem, 2.2fr)", cell: (one) => <Next schedule={one} /> },
    { key: "strip", title: t("schedules.lastRuns", { count: STRIP }), width: "10rem", wide: true, cell: (one) => <Strip schedule={one} /> },
    { key: "last", title: t("schedules.last"), width: "7.5rem", cell: (one) => one.last_run && <StateMark tone={TONES[one.last_run.status] ?? "idle"}>{t(`schedules.status.${one.last_run.status}`)}</StateMark> },
    { key: "source", title: t("schedules.source"), width: "7rem", wide: true, cell: (one) => t(`schedules.sources.${one.source}`) + (one.changed ? ` ${t("schedules.changed")}` : "") },
  ];
  return <Table label={t("schedules.title")} columns={columns} rows={schedules} rowKey={(one) => one.name} onOpen={(one) => void navigate({ to: "/schedules/$name", params: { name: one.name } })} onEnd={onEnd} />;
}

function Next({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  if (schedule.cron === null) return <StateMark tone="bad">{t("schedules.wrong")}</StateMark>;
  if (!schedule.enabled) return <StateMark tone="shut">{t("schedules.disabled")}</StateMark>;
  if (schedule.problem) return <StateMark tone="warn">{t("schedules.cannotRun")}</StateMark>;
  if (schedule.next_at === null) return t("schedules.never");
  return (
    <span className={classes.next}>
      <Moment at={schedule.next_at} zone={schedule.timezone} isShort />
    </span>
  );
}

function Strip({ schedule }: { schedule: Schedule }) {
  const runs = useQuery({ ...newestQuery(schedule.name, STRIP), enabled: schedule.last_run !== null });
  return <RunStrip runs={runs.data?.runs ?? []} zone={schedule.timezone} places={STRIP} />;
}
