import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { SelectionButtons } from "../../app/ActionsOn";
import { useSession } from "../../session/session";
import { Ago, distance } from "../../ui/Ago";
import { useCronWords } from "../../ui/cron";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { firstWords } from "../../ui/firstWords";
import { Empty, Page } from "../../ui/Page";
import { type Picks, usePickColumn, usePicks } from "../../ui/picks";
import { Problem } from "../../ui/Problem";
import { SelectionBar } from "../../ui/SelectionBar";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { useNow } from "../../ui/useNow";
import { Views } from "../../ui/Views";
import { Editor } from "./Editor";
import { type Filter, filtered, type State, STATES } from "./filter";
import { isUnderstood, schedule } from "./kinds";
import { inZone, SHORT } from "./Moment";
import { listQuery, type Schedule, STRIP, TONES } from "./queries";
import { RunStrip } from "./RunStrip";
import classes from "./Schedules.module.css";
import { useLive } from "./useLive";
import { worded } from "../../i18n/worded";

/** Schedules that are named where several have failed. */
const MOST_NAMED = 3;

/** All schedules: what fires next, and what became of the last times. */
export default function Schedules() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Filter & { open?: string };
  const picks = usePicks();
  const list = useInfiniteQuery(listQuery);
  useLive();
  const rows = list.data?.pages.flatMap((page) => page.schedules) ?? [];
  const set = (changed: Filter & { open?: string }) => void navigate({ to: "/schedules", search: { ...search, ...changed } as never, replace: true });
  const shown = filtered(rows, search);
  const chosen = shown.filter((one) => picks.keys.has(one.name)); // never one that a filter hides
  // What is looked for may be further down than what was read.
  const isSought = shown.length < rows.length && list.hasNextPage && !list.isFetchingNextPage;
  const { fetchNextPage } = list;
  useEffect(() => {
    if (isSought) void fetchNextPage();
  }, [isSought, fetchNextPage]);
  return (
    <Page title={t("schedules.title")} lead={list.data && <Lead schedules={rows} />} actions={<Actions />}>
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t("schedules.none")}>{t("schedules.noneBody")}</Empty>}
      <Failed schedules={rows} />
      {rows.length > 0 && <Filters search={search} set={set} />}
      {rows.length > 0 && shown.length === 0 && <Empty title={t("schedules.noneLikeThat")} />}
      {shown.length > 0 && <Rows schedules={shown} picks={picks} onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined} />}
      {chosen.length > 0 && (
        <SelectionBar label={t("schedules.selected", { count: chosen.length })} onClear={() => picks.set([])}>
          <SelectionButtons kind={schedule} things={chosen} only={BULK} onDone={() => picks.set([])} />
        </SelectionBar>
      )}
      <Editor isOpen={search.open === "add"} onClose={() => set({ open: undefined })} />
    </Page>
  );
}

/** What makes sense for several. */
const BULK = ["schedules.start", "schedules.stop", "schedules.enable", "schedules.disable", "schedules.remove"];

function Filters({ search, set }: { search: Filter; set: (changed: Filter) => void }) {
  const { t } = useTranslation();
  const states = search.state ?? [];
  const toggle = (one: State) => {
    const next = states.includes(one) ? states.filter((other) => other !== one) : [...states, one];
    set({ state: next.length > 0 ? next : undefined });
  };
  return (
    <FilterBar>
      <TextInput size="xs" aria-label={t("schedules.find")} placeholder={t("schedules.find")} value={String(search.q ?? "")} onChange={(event) => set({ q: event.target.value || undefined })} />
      {STATES.map((one) => (
        <FilterButton key={one} isChosen={states.includes(one)} onToggle={() => toggle(one)}>
          {t(`schedules.states.${one}`)}
        </FilterButton>
      ))}
      <Views />
    </FilterBar>
  );
}

function Actions() {
  const { t } = useTranslation();
  const { may } = useSession();
  const navigate = useNavigate();
  return (
    <>
      {may("reports:view") && (
        <Button variant="default" onClick={() => void navigate({ to: "/reports" })}>
          {t("reports.title")}
        </Button>
      )}
      <ActionButton id="schedules.add" />
    </>
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
  const wrong = schedules.filter((one) => one.problem !== null || one.last_run?.status === "failed").filter((one) => one.enabled || !isUnderstood(one));
  return wrong.slice(0, MOST_NAMED).map((one) => (
    <p key={one.name} className={classes.needs}>
      <StateMark tone={one.problem === null ? "bad" : "warn"}>{t(one.problem === null ? "schedules.failedLast" : "schedules.cannotRun")}</StateMark>{" "}
      <Link to="/schedules/$name" params={{ name: one.name }}>
        {one.name}
      </Link>
      {(one.problem ?? one.last_run?.error) && <span className="foreign">: {firstWords(worded(one.problem ?? one.last_run?.error ?? ""))}</span>}
    </p>
  ));
}

function Rows({ schedules, picks, onEnd }: { schedules: Schedule[]; picks: Picks; onEnd?: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const words = useCronWords();
  const columns: Column<Schedule>[] = [
    usePickColumn({ picks, rows: schedules, keyOf: ({ name }) => name, sayOf: ({ name }) => t("schedules.select", { name }) }),
    { key: "name", title: t("schedules.name"), width: "minmax(7rem, 2fr)", narrow: "minmax(0, 1fr)", cell: (one) => <Link to="/schedules/$name" params={{ name: one.name }}>{one.name}</Link> },
    { key: "meaning", title: t("schedules.when"), width: "minmax(8rem, 2.5fr)", wide: "medium", cell: (one) => <span title={`${one.cron ?? ""} ${one.timezone ?? ""}`}>{words(one.cron, one.meaning)}</span> },
    { key: "next", title: t("schedules.next"), width: "minmax(6.5rem, 2.2fr)", narrow: "5rem", cell: (one) => <Next schedule={one} /> },
    { key: "strip", title: t("schedules.lastRuns", { count: STRIP }), width: "10rem", wide: "medium", cell: (one) => <RunStrip runs={one.last_runs ?? []} zone={one.timezone} places={STRIP} /> },
    { key: "last", title: t("schedules.last"), width: "7.5rem", narrow: "6.5rem", cell: (one) => one.last_run && <StateMark tone={TONES[one.last_run.status] ?? "idle"}>{t(`schedules.status.${one.last_run.status}`)}</StateMark> },
    { key: "source", title: t("schedules.source"), width: "7rem", wide: true, cell: (one) => t(`schedules.sources.${one.source}`) + (one.changed ? ` ${t("schedules.changed")}` : "") },
  ];
  return <Table label={t("schedules.title")} columns={columns} rows={schedules} rowKey={(one) => one.name} selected={picks.keys} onSelect={picks.toggle} onOpen={(one) => void navigate({ to: "/schedules/$name", params: { name: one.name } })} onEnd={onEnd} />;
}

function Next({ schedule }: { schedule: Schedule }) {
  const { t, i18n } = useTranslation();
  if (!isUnderstood(schedule)) return <StateMark tone="bad">{t("schedules.wrong")}</StateMark>;
  if (!schedule.enabled) return <StateMark tone="shut">{t("schedules.disabled")}</StateMark>;
  if (schedule.problem) return <StateMark tone="warn">{t("schedules.cannotRun")}</StateMark>;
  if (schedule.cron === null) return t("schedules.afterOthers");
  if (schedule.next_at === null) return t("schedules.never");
  return (
    <span className={classes.next}>
      <Ago at={schedule.next_at} isShort isDue /> <span className={classes.faint}>{inZone(schedule.next_at, schedule.timezone, i18n.language, SHORT)}</span>
    </span>
  );
}

