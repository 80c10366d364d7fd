import { Button } from "@mantine/core";
import { type InfiniteData, type Query, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { worded } from "../../i18n/worded";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { Explained } from "../../ui/Explained";
import { type Fact, FactList } from "../../ui/FactList";
import { firstWords } from "../../ui/firstWords";
import { inWords } from "../../ui/format";
import { Page, Section } from "../../ui/Page";
import { PageProblem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import type { Tone } from "../../ui/state";
import { Log } from "../fleet/Log";
import classes from "./Jobs.module.css";
import { JobState } from "./JobState";
import { job as jobs } from "./kinds";
import { Pace } from "./Pace";
import { Progress } from "./Progress";
import { CHANGES, creatorOf, type Item, itemsQuery, JOBS, jobQuery, type JobReport, whyQuery } from "./queries";

const ITEM_TONES: Record<Item["state"], Tone> = { pending: "idle", done: "ok", existing: "busy", failed: "bad" };

/** Of these the mark beside the title, and the error, say all that there is. */
const ENDED: JobReport["status"][] = ["completed", "failed", "cancelled"];

/** One job: where it stands and why, what becomes of its items, what happened to it. */
export default function JobPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const job = useQuery(jobQuery(Number(id)));
  useRefresh(CHANGES, JOBS);
  useItemsRefresh(job.data);
  if (job.error && !job.data) return <PageProblem error={job.error} onRetry={() => void job.refetch()} missing={t("jobs.missing", { id: `#${id}` })} list={{ path: "/jobs", title: t("jobs.title") }} />;
  if (!job.data) return null;
  const name = `#${job.data.job_id} ${job.data.action}`;
  return (
    <Page title={name} lead={<JobState job={job.data} />} actions={<Buttons kind={jobs} thing={job.data} />}>
      {job.data.error && <div className={classes.error}><Explained text={job.data.error} isOpen /></div>}
      <div className={classes.columns}>
        <div className={classes.main}>
          {!ENDED.includes(job.data.status) && <Why id={job.data.job_id} />}
          <Progress counts={job.data.counts} />
          {job.data.status === "active" && <Pace counts={job.data.counts} at={job.dataUpdatedAt} />}
          <Items job={job.data} />
          <History job={job.data} />
        </div>
        <Facts job={job.data} />
      </div>
      <Logged job={job.data} />
    </Page>
  );
}

/** Pages of items that are read again while a job runs; who is further down sees them when it ends. */
const MOST_READ = 5;
const isShort = (query: Query) => ((query.state.data as InfiniteData<unknown> | undefined)?.pages.length ?? 0) <= MOST_READ;

/** Read items again when some more have an outcome: those have no events. */
function useItemsRefresh(job: JobReport | undefined): void {
  const client = useQueryClient();
  const id = job?.job_id;
  const ended = job && job.counts.done + job.counts.failed + job.counts.existing;
  const seen = useRef(ended);
  useEffect(() => {
    if (seen.current !== undefined && seen.current !== ended) void client.invalidateQueries({ queryKey: [...JOBS, "items", id], predicate: isShort });
    seen.current = ended;
  }, [client, id, ended]);
}

function Why({ id }: { id: number }) {
  const why = useQuery(whyQuery(id));
  return why.data?.reasons.map((reason) => (
    <p key={reason} className="foreign">
      {worded(reason)}
    </p>
  ));
}

function Facts({ job }: { job: JobReport }) {
  const { t } = useTranslation();
  const facts: Fact[] = [
    [t("jobs.mesh"), job.mesh_id === "-" ? t("jobs.noMesh") : job.mesh_id],
    [t("jobs.lane"), job.lane],
    [t("jobs.priority"), job.priority],
    [t("jobs.by"), creatorOf(job)],
    [t("jobs.created"), <Ago key="created" at={job.created_at} />],
    ...(job.started_at ? [[t("jobs.started"), <Ago key="started" at={job.started_at} />] as Fact] : []),
    ...(job.finished_at ? [[t("jobs.finished"), <Ago key="finished" at={job.finished_at} />] as Fact] : []),
    [t("jobs.attempt"), job.attempt],
    ...(Object.keys(job.data ?? {}).length > 0 ? [[t("jobs.data"), inWords(job.data)] as Fact] : []),
  ];
  return <FactList facts={facts} />;
}

function Items({ job }: { job: JobReport }) {
  const { t } = useTranslation();
  const failures = useInfiniteQuery({ ...itemsQuery(job.job_id, ["failed"]), enabled: job.counts.failed > 0 });
  const others = useInfiniteQuery(itemsQuery(job.job_id, ["pending", "done", "existing"]));
  // All that have failed come before the first that has not, so that nothing moves when more are read.
  const rows = [...(failures.data?.pages ?? []), ...(failures.hasNextPage ? [] : (others.data?.pages ?? []))].flatMap((page) => page.items);
  if (rows.length === 0) return null;
  const columns: Column<Item>[] = [
    { key: "key", title: t("jobs.item"), width: "minmax(6rem, 1fr)", narrow: "minmax(0, 1.2fr)", cell: (item) => <span className="foreign">{item.key}</span> },
    { key: "state", title: t("jobs.state"), width: "7rem", narrow: "6.5rem", cell: (item) => <StateMark tone={ITEM_TONES[item.state]}>{t(`jobs.itemState.${item.state}`)}</StateMark> },
    { key: "result", title: t("jobs.outcome"), width: "minmax(8rem, 2fr)", narrow: "minmax(0, 1fr)", cell: (item) => <span className="foreign">{item.error === null ? inWords(item.result) : firstWords(worded(item.error))}</span> },
  ];
  const next = failures.hasNextPage ? failures : others;
  const more = next.hasNextPage && !next.isFetchingNextPage;
  return <Table label={t("jobs.items")} columns={columns} rows={rows} rowKey={(item) => String(item.position)} onEnd={more ? () => void next.fetchNextPage() : undefined} />;
}

/** What the runner of its lane has logged about it; read when somebody wants to see it. */
function Logged({ job }: { job: JobReport }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const search = useSearch({ strict: false }) as { at?: number };
  const [isOpen, setOpen] = useState(search.at !== undefined);
  if (!may("logs:view") || job.started_at === null) return null;
  if (isOpen) return <Log id={`lane-${job.lane}`} only={new RegExp(`\\bJob ${job.job_id}\\b`)} />;
  return (
    <div>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t("jobs.showLog")}
      </Button>
    </div>
  );
}

function History({ job }: { job: JobReport }) {
  const { t } = useTranslation();
  return (
    <Section title={t("jobs.history")}>
      <ol className={classes.history}>
        {(job.history ?? []).toReversed().map((entry, index) => (
          <li key={index}>
            <Ago at={entry.at} />
            <span className="foreign">{t(`jobs.happened.${entry.event}`, { defaultValue: entry.event, reason: entry.reason ? t(`jobs.reason.${entry.reason}`, { defaultValue: entry.reason }) : "" })} {firstWords(worded(entry.detail ?? ""))}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
