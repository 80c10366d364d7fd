import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { worded } from "../../i18n/worded";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { duration } from "./figures";
import { execution } from "./kinds";
import { CHANGES, WORKFLOWS } from "./waiting";
import { type Execution, executionsQuery, isOpen, STATUSES, type Status, TONES } from "./queries";
import { useSteps } from "./useSteps";
import classes from "./Workflows.module.css";

/** What has run and runs, of all workflows, the newest first. */
export default function Executions() {
  const { t } = useTranslation();
  useRefresh(CHANGES, WORKFLOWS);
  return (
    <Page title={t("workflows.allExecutions")}>
      <ExecutionList />
    </Page>
  );
}

/** Executions with filters in the address; of one workflow or of all. */
export function ExecutionList({ workflow }: { workflow?: string }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { status?: Status };
  const list = useInfiniteQuery(executionsQuery({ workflow, status: search.status }));
  const rows = list.data?.pages.flatMap((page) => page.executions) ?? [];
  useSteps(rows.some(({ status }) => isOpen(status)));
  const set = (status: Status | undefined) => void navigate({ to: ".", search: (before: object) => ({ ...before, status }), replace: true } as never);
  if (list.error && !list.data) return <Problem error={list.error} onRetry={() => void list.refetch()} />;
  const columns: Column<Execution>[] = [
    { key: "id", title: t("workflows.number"), width: "3.5rem", narrow: "2.75rem", cell: (one) => <Number one={one} /> },
    ...(workflow ? [] : [{ key: "workflow", title: t("workflows.workflow"), width: "minmax(7rem, 2fr)", cell: (one: Execution) => <span className="foreign">{one.process}</span> }]),
    { key: "status", title: t("workflows.state"), width: "8rem", narrow: "6rem", cell: (one) => <StateMark tone={TONES[one.status] ?? "idle"}>{t(`workflows.status.${one.status}`)}</StateMark> },
    { key: "by", title: t("workflows.begunBy"), width: "minmax(6rem, 2fr)", wide: true, cell: (one) => t(`workflows.triggerNames.${one.trigger_type}`, { defaultValue: one.trigger_type }) },
    ...(rows.some((one) => one.error_message) ? [{ key: "error", title: t("workflows.error"), width: "minmax(6rem, 3fr)", wide: true, cell: (one: Execution) => <span className="foreign">{one.error_message && worded(one.error_message)}</span> }] : []),
    { key: "steps", title: t("workflows.stepsDone"), width: "4rem", numeric: true, wide: true, cell: (one) => `${one.steps_completed}/${one.total_steps}` },
    { key: "time", title: t("workflows.took"), width: "5.5rem", numeric: true, wide: true, cell: (one) => (one.execution_time_ms === null ? "–" : duration(one.execution_time_ms, i18n.language)) },
    { key: "at", title: t("workflows.began"), width: "5.5rem", narrow: "4.25rem", numeric: true, cell: (one) => <Ago at={one.started_at} isShort /> },
    { key: "do", title: t("common.actions"), isBare: true, width: "6rem", wide: true, cell: (one) => <Row one={one} /> },
  ];
  return (
    <>
      <FilterBar>
        {STATUSES.map((status) => (
          <FilterButton key={status} isChosen={search.status === status} onToggle={() => set(search.status === status ? undefined : status)}>
            {t(`workflows.status.${status}`)}
          </FilterButton>
        ))}
      </FilterBar>
      {list.data && rows.length === 0 && <Empty title={t(search.status ? "workflows.noneLikeThat" : "workflows.noExecutions")}>{!search.status && t("workflows.noExecutionsBody")}</Empty>}
      {rows.length > 0 && (
        <Table label={t("workflows.executions")} columns={columns} rows={rows} rowKey={({ id }) => String(id)} onOpen={({ id }) => void navigate({ to: "/workflows/executions/$id", params: { id: String(id) } })} />
      )}
      {list.hasNextPage && (
        <Button variant="default" className={classes.older} onClick={() => void list.fetchNextPage()}>
          {t("workflows.older")}
        </Button>
      )}
    </>
  );
}

function Number({ one }: { one: Execution }) {
  return (
    <Link to="/workflows/executions/$id" params={{ id: String(one.id) }} onClick={(event) => event.stopPropagation()} className={classes.title}>
      #{one.id}
    </Link>
  );
}

function Row({ one }: { one: Execution }) {
  return (
    <span className={classes.row} onClick={(event) => event.stopPropagation()}>
      <Buttons isRow kind={execution} thing={one} only={["executions.cancel", "executions.replay"]} />
    </span>
  );
}
