import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import classes from "./Jobs.module.css";
import { Lanes } from "./Lanes";
import { Progress } from "./Progress";
import { type Job, JOBS, jobsQuery, STATUSES, statsQuery, type JobStatus, TONES } from "./queries";
import { Recovery } from "./Recovery";
import { Submit } from "./Submit";
import { type Decision, POSSIBLE, useDecide } from "./useDecide";

interface JobSearch {
  status?: JobStatus[];
  action?: string;
  open?: string;
}

/** Work that is done, runs or waits; the filters are in the address. */
export default function Jobs() {
  const { t } = useTranslation();
  const { may } = useSession();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as JobSearch;
  const stats = useQuery(statsQuery);
  useRefresh(["job."], JOBS);
  const set = (changed: JobSearch) => void navigate({ to: "/jobs", search: { ...search, ...changed } as never, replace: true });
  const lead = stats.data && t("jobs.lead", { active: stats.data.active, queued: stats.data.queued, paused: stats.data.paused });
  return (
    <Page title={t("jobs.title")} lead={lead} actions={may("jobs:operate") && <Button onClick={() => set({ open: "submit" })}>{t("jobs.submit")}</Button>}>
      <Recovery />
      <Section title={t("jobs.lanes")}>
        <Lanes />
      </Section>
      <JobList search={search} set={set} />
      <Submit isOpen={search.open === "submit"} onClose={() => set({ open: undefined })} />
    </Page>
  );
}

function JobList({ search, set }: { search: JobSearch; set: (changed: JobSearch) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const status = search.status ?? [];
  const list = useInfiniteQuery(jobsQuery(status, search.action ?? ""));
  const rows = list.data?.pages.flatMap((page) => page.jobs) ?? [];
  const toggle = (one: JobStatus) => set({ status: status.includes(one) ? status.filter((other) => other !== one) : [...status, one] });
  const select = (key: string) => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    setSelected(next);
  };
  const columns: Column<Job>[] = [
    { key: "action", title: t("jobs.job"), width: "minmax(9rem, 2fr)", cell: (job) => <JobName job={job} /> },
    { key: "status", title: t("jobs.state"), width: "minmax(7rem, 1fr)", cell: (job) => <StateMark tone={TONES[job.status]}>{t(`jobs.status.${job.status}`)}</StateMark> },
    { key: "progress", title: t("jobs.items"), width: "minmax(10rem, 2fr)", wide: true, cell: (job) => <Progress counts={job.counts} /> },
    { key: "mesh", title: t("jobs.mesh"), width: "minmax(6rem, 1fr)", wide: true, cell: (job) => (job.mesh_id === "-" ? "–" : job.mesh_id) },
    { key: "lane", title: t("jobs.lane"), width: "minmax(5rem, 1fr)", wide: true, cell: (job) => job.lane },
    { key: "by", title: t("jobs.by"), width: "minmax(6rem, 1fr)", wide: true, cell: (job) => <span className="foreign">{job.created_name || job.created_by}</span> },
    { key: "at", title: t("jobs.changed"), width: "8rem", numeric: true, cell: (job) => <Ago at={job.updated_at} /> },
  ];
  const filtered = status.length > 0 || search.action;
  return (
    <Section title={t("jobs.all")} aside={<span className={classes.keys}>{t("jobs.keys")}</span>}>
      <div className={classes.filters} role="group" aria-label={t("common.filter")}>
        {STATUSES.map((one) => (
          <button key={one} type="button" className={classes.filter} aria-pressed={status.includes(one)} onClick={() => toggle(one)}>
            {t(`jobs.status.${one}`)}
          </button>
        ))}
        <TextInput size="xs" aria-label={t("jobs.action")} placeholder={t("jobs.action")} value={search.action ?? ""} onChange={(event) => set({ action: event.target.value || undefined })} />
      </div>
      {selected.size > 0 && <Selection jobs={rows.filter((job) => selected.has(String(job.job_id)))} onDone={() => setSelected(new Set())} />}
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t(filtered ? "jobs.noneLikeThat" : "jobs.none")}>{!filtered && t("jobs.noneBody")}</Empty>}
      {rows.length > 0 && (
        <Table
          label={t("jobs.all")}
          columns={columns}
          rows={rows}
          rowKey={(job) => String(job.job_id)}
          selected={selected}
          onSelect={select}
          onOpen={(job) => void navigate({ to: "/jobs/$id", params: { id: String(job.job_id) } })}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        />
      )}
    </Section>
  );
}

function JobName({ job }: { job: Job }) {
  return (
    <>
      <span className="mono">#{job.job_id}</span> {job.action}
    </>
  );
}

/** What can be done with the jobs that are selected. */
function Selection({ jobs, onDone }: { jobs: Job[]; onDone: () => void }) {
  const { t } = useTranslation();
  const decide = useDecide();
  const able = (decision: Decision) => jobs.filter((job) => POSSIBLE[decision].includes(job.status)).map((job) => job.job_id);
  return (
    <div className={classes.buttons}>
      <span>{t("jobs.selected", { count: jobs.length })}</span>
      {(Object.keys(POSSIBLE) as Decision[]).map((decision) => (
        <Button key={decision} size="compact-sm" variant="default" disabled={able(decision).length === 0} onClick={() => void decide(decision, able(decision)).then(onDone)}>
          {t(`jobs.${decision}`)}
        </Button>
      ))}
    </div>
  );
}
