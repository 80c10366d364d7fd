import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import type { Tone } from "../../ui/state";
import classes from "./Jobs.module.css";
import { Progress } from "./Progress";
import { type Item, itemsQuery, JOBS, jobQuery, type JobReport, TONES, whyQuery } from "./queries";
import { type Decision, POSSIBLE, useDecide } from "./useDecide";

const ITEM_TONES: Record<Item["state"], Tone> = { pending: "idle", done: "ok", existing: "busy", failed: "bad" };

/** One job: where it stands and why, what becomes of its items, what happened to it. */
export default function JobPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const job = useQuery(jobQuery(Number(id)));
  useRefresh(["job."], JOBS);
  if (job.error) return <Problem error={job.error} onRetry={() => void job.refetch()} />;
  if (!job.data) return null;
  const name = `#${job.data.job_id} ${job.data.action}`;
  return (
    <Page title={name} lead={<StateMark tone={TONES[job.data.status]}>{t(`jobs.status.${job.data.status}`)}</StateMark>} actions={<Decisions job={job.data} />}>
      {job.data.error && <pre className={classes.error}>{job.data.error}</pre>}
      <div className={classes.columns}>
        <div className={classes.lane}>
          <Why id={job.data.job_id} />
          <Progress counts={job.data.counts} />
          <Items job={job.data} />
        </div>
        <Facts job={job.data} />
      </div>
      <History job={job.data} />
    </Page>
  );
}

function Decisions({ job }: { job: JobReport }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const decide = useDecide();
  if (!may("jobs:operate")) return null;
  return (Object.keys(POSSIBLE) as Decision[])
    .filter((decision) => POSSIBLE[decision].includes(job.status))
    .map((decision) => (
      <Button key={decision} variant={decision === "resume" || decision === "retry" ? "filled" : "default"} onClick={() => void decide(decision, [job.job_id])}>
        {t(`jobs.${decision}`)}
      </Button>
    ));
}

function Why({ id }: { id: number }) {
  const why = useQuery(whyQuery(id));
  return why.data?.reasons.map((reason) => (
    <p key={reason} className="foreign">
      {reason}
    </p>
  ));
}

function Facts({ job }: { job: JobReport }) {
  const { t } = useTranslation();
  const facts: [string, React.ReactNode][] = [
    [t("jobs.mesh"), job.mesh_id === "-" ? t("jobs.noMesh") : job.mesh_id],
    [t("jobs.lane"), job.lane],
    [t("jobs.priority"), job.priority],
    [t("jobs.by"), job.created_name || job.created_by],
    [t("jobs.created"), <Ago key="created" at={job.created_at} />],
    ...(job.started_at ? [[t("jobs.started"), <Ago key="started" at={job.started_at} />] as [string, React.ReactNode]] : []),
    ...(job.finished_at ? [[t("jobs.finished"), <Ago key="finished" at={job.finished_at} />] as [string, React.ReactNode]] : []),
    [t("jobs.attempt"), job.attempt],
    ...(Object.keys(job.data ?? {}).length > 0 ? [[t("jobs.data"), <code key="data">{JSON.stringify(job.data)}</code>] as [string, React.ReactNode]] : []),
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd className="foreign">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Items({ job }: { job: JobReport }) {
  const { t } = useTranslation();
  const failures = useInfiniteQuery({ ...itemsQuery(job.job_id, ["failed"]), enabled: job.counts.failed > 0 });
  const others = useInfiniteQuery(itemsQuery(job.job_id, ["pending", "done", "existing"]));
  const rows = [...(failures.data?.pages ?? []), ...(others.data?.pages ?? [])].flatMap((page) => page.items);
  if (rows.length === 0) return null;
  const columns: Column<Item>[] = [
    { key: "key", title: t("jobs.item"), width: "minmax(6rem, 1fr)", cell: (item) => <span className="foreign">{item.key}</span> },
    { key: "state", title: t("jobs.state"), width: "7rem", cell: (item) => <StateMark tone={ITEM_TONES[item.state]}>{t(`jobs.itemState.${item.state}`)}</StateMark> },
    { key: "result", title: t("jobs.outcome"), width: "minmax(8rem, 2fr)", cell: (item) => <span className="foreign">{item.error ?? (item.result === null ? "" : JSON.stringify(item.result))}</span> },
  ];
  const more = others.hasNextPage && !others.isFetchingNextPage;
  return <Table label={t("jobs.items")} columns={columns} rows={rows} rowKey={(item) => String(item.position)} onEnd={more ? () => void others.fetchNextPage() : undefined} />;
}

function History({ job }: { job: JobReport }) {
  const { t, i18n } = useTranslation();
  return (
    <Section title={t("jobs.history")}>
      <ol className={classes.history}>
        {(job.history ?? []).toReversed().map((entry, index) => (
          <li key={index}>
            <time dateTime={entry.at}>{new Date(entry.at).toLocaleString(i18n.language)}</time>
            <span className="foreign">{t(`jobs.happened.${entry.event}`, { defaultValue: entry.event, reason: entry.reason ? t(`jobs.reason.${entry.reason}`, { defaultValue: entry.reason }) : "" })} {entry.detail}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
