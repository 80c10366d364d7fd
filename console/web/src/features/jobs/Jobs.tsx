import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { SelectionButtons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page, Section } from "../../ui/Page";
import { usePickColumn, usePicks } from "../../ui/picks";
import { Problem } from "../../ui/Problem";
import { SelectionBar } from "../../ui/SelectionBar";
import { type Column, Table } from "../../ui/Table";
import { Views } from "../../ui/Views";
import classes from "./Jobs.module.css";
import { JobState } from "./JobState";
import { job } from "./kinds";
import { Lanes } from "./Lanes";
import { Progress } from "./Progress";
import { CHANGES, creatorOf, type Job, JOBS, STATUSES, statsQuery, type JobStatus } from "./queries";
import { Recovery } from "./Recovery";
import { Submit } from "./Submit";
import { useJobList } from "./useJobList";

interface JobSearch {
  status?: JobStatus[];
  action?: string;
  open?: string;
}

/** Work that is done, runs or waits; the filters are in the address. */
export default function Jobs() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as JobSearch;
  const stats = useQuery(statsQuery);
  useRefresh(CHANGES, JOBS);
  const set = (changed: JobSearch) => void navigate({ to: "/jobs", search: { ...search, ...changed } as never, replace: true });
  const { active = 0, queued = 0, paused = 0, paused_for_turn: turns = 0 } = stats.data ?? {};
  const lead = stats.data && t(active + queued + paused > 0 ? "jobs.lead" : "jobs.leadQuiet", { active, queued: queued + turns, paused: paused - turns });
  return (
    <Page title={t("jobs.title")} lead={lead} actions={<ActionButton id="jobs.submit" />}>
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
  const picks = usePicks();
  const status = search.status ?? [];
  const list = useJobList(status, search.action ?? "");
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.jobs) ?? [], [list.data?.pages]);
  const toggle = (one: JobStatus) => set({ status: status.includes(one) ? status.filter((other) => other !== one) : [...status, one] });
  const columns: Column<Job>[] = [
    usePickColumn({ picks, rows, keyOf, sayOf: (one) => t("jobs.select", { job: job.nameOf(one) }) }),
    { key: "action", title: t("jobs.job"), width: "minmax(9rem, 2fr)", narrow: "minmax(0, 1fr)", cell: (job) => <JobName job={job} /> },
    { key: "status", title: t("jobs.state"), width: "minmax(7rem, 1fr)", narrow: "6.75rem", cell: (job) => <JobState job={job} /> },
    { key: "progress", title: t("jobs.items"), width: "minmax(13rem, 2fr)", wide: "medium", cell: (job) => <Progress counts={job.counts} /> },
    { key: "mesh", title: t("jobs.mesh"), width: "minmax(6rem, 1fr)", wide: true, cell: (job) => (job.mesh_id === "-" ? "–" : job.mesh_id) },
    { key: "lane", title: t("jobs.lane"), width: "minmax(5rem, 1fr)", wide: true, cell: (job) => job.lane },
    { key: "by", title: t("jobs.by"), width: "minmax(6rem, 1.3fr)", wide: true, cell: (job) => <span className="foreign">{creatorOf(job)}</span> },
    { key: "at", title: t("jobs.changed"), width: "8rem", wide: "medium", numeric: true, cell: (job) => <Ago at={job.updated_at} isShort /> },
  ];
  const chosen = rows.filter((one) => picks.keys.has(keyOf(one)));
  const filtered = status.length > 0 || search.action;
  return (
    <Section title={t("jobs.all")} aside={<span className={classes.keys}>{t("jobs.keys")}</span>}>
      <FilterBar>
        {STATUSES.map((one) => (
          <FilterButton key={one} isChosen={status.includes(one)} onToggle={() => toggle(one)}>
            {t(`jobs.status.${one}`)}
          </FilterButton>
        ))}
        <TextInput size="xs" aria-label={t("jobs.action")} placeholder={t("jobs.action")} value={search.action ?? ""} onChange={(event) => set({ action: event.target.value || undefined })} />
        <Views />
      </FilterBar>
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t(filtered ? "jobs.noneLikeThat" : "jobs.none")}>{!filtered && t("jobs.noneBody")}</Empty>}
      {rows.length > 0 && (
        <Table
          label={t("jobs.all")}
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          selected={picks.keys}
          onSelect={picks.toggle}
          onOpen={(job) => void navigate({ to: "/jobs/$id", params: { id: String(job.job_id) } })}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        />
      )}
      {chosen.length > 0 && (
        <SelectionBar label={t("jobs.selected", { count: chosen.length })} onClear={() => picks.set([])}>
          <SelectionButtons kind={job} things={chosen} onDone={() => { picks.set([]); list.refresh(); }} />
        </SelectionBar>
      )}
    </Section>
  );
}

const keyOf = ({ job_id }: Job) => String(job_id);

function JobName({ job }: { job: Job }) {
  return (
    <>
      <span className="mono">#{job.job_id}</span> {job.action}
    </>
  );
}
