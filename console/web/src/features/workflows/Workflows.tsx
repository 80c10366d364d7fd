import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { Overview } from "./Overview";
import { Questions } from "./Questions";
import { FIRST, workflow } from "./kinds";
import { CHANGES, WORKFLOWS } from "./waiting";
import { listQuery, templatesQuery, type WorkflowInfo } from "./queries";
import { duration, percent } from "./figures";
import classes from "./Workflows.module.css";

const ORDERS = ["name", "last", "success"] as const;

interface Search {
  state?: "active" | "inactive" | "failing";
  search?: string;
  by?: string;
  template?: string;
  order?: (typeof ORDERS)[number];
}

/** What happens by itself: whether it runs and how well; the filters are in the address. */
export default function Workflows() {
  const { t } = useTranslation();
  const list = useQuery(listQuery);
  useRefresh(CHANGES, WORKFLOWS);
  if (list.error && !list.data) return <Problem error={list.error} onRetry={() => void list.refetch()} />;
  const all = list.data;
  return (
    <Page
      title={t("workflows.title")}
      lead={all && sentence(all, t)}
      actions={
        <>
          <ActionButton id="workflows.templates" />
          <ActionButton id="workflows.add" variant="default" />
          <ActionButton id="workflows.executions" variant="default" />
        </>
      }
    >
      <Questions />
      {all?.length === 0 && (
        <Empty title={t("workflows.none")}>
          <p>{t("workflows.noneBody")}</p>
          <Link to="/workflows/templates">{t("workflows.toTemplates")}</Link>
        </Empty>
      )}
      {all && all.length > 0 && (
        <>
          <List all={all} />
          <Overview />
        </>
      )}
    </Page>
  );
}

/** Whether they do what they should, in one sentence. */
function sentence(all: readonly WorkflowInfo[], t: TFunction): string | undefined {
  if (all.length === 0) return undefined;
  // One that is only run by hand, or called, does not begin by itself.
  const active = all.filter((one) => one.is_active && one.trigger_types.some((type) => type !== "manual")).length;
  const failing = all.filter(isFailing).length;
  const begin = all.length === 1 ? t("workflows.lead.only", { count: active }) : t("workflows.lead.active", { count: active, total: all.length });
  return [begin, failing > 0 ? t("workflows.lead.failing", { count: failing }) : ""].filter(Boolean).join(" ");
}

/** More than one of ten that have ended has failed. */
const isFailing = (one: WorkflowInfo) => one.avg_execution_time !== null && one.success_rate < 0.9;

function List({ all }: { all: WorkflowInfo[] }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const set = (changed: Search) => void navigate({ to: "/workflows", search: { ...search, ...changed } as never, replace: true });
  const rows = shown(all, search);
  const columns: Column<WorkflowInfo>[] = [
    { key: "name", title: t("workflows.name"), width: "minmax(7.5rem, 3fr)", cell: (one) => <Name one={one} /> },
    { key: "state", title: t("workflows.state"), width: "5rem", narrow: "4.5rem", cell: (one) => <State one={one} /> },
    { key: "begins", title: t("workflows.begins"), width: "minmax(5rem, 2fr)", wide: true, cell: (one) => one.trigger_types.map((type) => t(`workflows.triggerNames.${type}`, { defaultValue: type })).join(", ") },
    { key: "runs", title: t("workflows.executions"), width: "5.25rem", numeric: true, wide: true, cell: (one) => one.execution_count.toLocaleString(i18n.language) },
    { key: "success", title: t("workflows.success"), width: "3.5rem", wide: true, numeric: true, cell: (one) => (one.avg_execution_time === null ? "–" : percent(one.success_rate, i18n.language)) },
    { key: "time", title: t("workflows.average"), width: "5.75rem", numeric: true, wide: true, cell: (one) => (one.avg_execution_time === null ? "–" : duration(one.avg_execution_time * 1000, i18n.language)) },
    { key: "last", title: t("workflows.last"), width: "5rem", numeric: true, wide: true, cell: (one) => (one.last_executed ? <Ago at={one.last_executed} isShort /> : t("workflows.never")) },
    { key: "do", title: t("common.actions"), isBare: true, width: "16.25rem", narrow: "5rem", cell: (one) => <Row one={one} /> },
  ];
  return (
    <>
      <Filters all={all} search={search} set={set} />
      {rows.length === 0 ? (
        <Empty title={t("workflows.noneLikeThat")} />
      ) : (
        <Table label={t("workflows.title")} columns={columns} rows={rows} rowKey={({ id }) => String(id)} onOpen={({ id }) => void navigate({ to: "/workflows/$id", params: { id: String(id) } })} />
      )}
    </>
  );
}

function shown(all: readonly WorkflowInfo[], { state, search = "", by, template, order }: Search): WorkflowInfo[] {
  const wanted = String(search).toLowerCase();
  const found = all.filter(
    (one) =>
      (state === undefined || (state === "failing" ? isFailing(one) : one.is_active === (state === "active"))) &&
      `${one.name} ${one.description}`.toLowerCase().includes(wanted) &&
      (!by || one.created_by === by) &&
      (!template || String(one.template_id) === String(template)),
  );
  if (order === "last") return found.toSorted((one, other) => (other.last_executed ?? "").localeCompare(one.last_executed ?? ""));
  if (order === "success") return found.toSorted((one, other) => one.success_rate - other.success_rate);
  return found;
}

function Filters({ all, search, set }: { all: WorkflowInfo[]; search: Search; set: (changed: Search) => void }) {
  const { t } = useTranslation();
  const templates = useQuery(templatesQuery);
  const used = (templates.data ?? []).filter(({ id }) => all.some((one) => one.template_id === id));
  const toggle = (state: Search["state"]) => () => set({ state: search.state === state ? undefined : state });
  const makers = [...new Set(all.map((one) => one.created_by))];
  return (
    <FilterBar>
      {(["active", "inactive", "failing"] as const).map((state) => (
        <FilterButton key={state} isChosen={search.state === state} onToggle={toggle(state)}>
          {t(`workflows.states.${state}`)}
        </FilterButton>
      ))}
      <TextInput size="xs" className={classes.filter} aria-label={t("workflows.search")} placeholder={t("workflows.search")} value={String(search.search ?? "")} onChange={(event) => set({ search: event.target.value || undefined })} />
      {used.length > 0 && <Select size="xs" className={classes.filter} clearable aria-label={t("workflows.template")} placeholder={t("workflows.template")} value={search.template ? String(search.template) : null} onChange={(value) => set({ template: value ?? undefined })} data={used.map(({ id, name }) => ({ value: String(id), label: name }))} />}
      {makers.length > 1 && <Select size="xs" className={classes.filter} clearable aria-label={t("workflows.by")} placeholder={t("workflows.by")} value={search.by ?? null} onChange={(value) => set({ by: value ?? undefined })} data={makers} />}
      <Select size="xs" className={classes.filter} allowDeselect={false} aria-label={t("workflows.order")} value={search.order ?? "name"} onChange={(value) => set({ order: value === "name" ? undefined : (value as Search["order"]) })} data={ORDERS.map((value) => ({ value, label: t(`workflows.orders.${value}`) }))} />
    </FilterBar>
  );
}

function Name({ one }: { one: WorkflowInfo }) {
  return (
    <span className="foreign" title={one.description || undefined}>
      <Link to="/workflows/$id" params={{ id: String(one.id) }} onClick={(event) => event.stopPropagation()} className={classes.title}>
        {one.name}
      </Link>
      {one.description && <span className={classes.faint}> {one.description}</span>}
    </span>
  );
}

export function State({ one }: { one: Pick<WorkflowInfo, "is_active"> }) {
  const { t } = useTranslation();
  return <StateMark tone={one.is_active ? "ok" : "shut"}>{t(one.is_active ? "workflows.states.active" : "workflows.states.inactive")}</StateMark>;
}

function Row({ one }: { one: WorkflowInfo }) {
  return (
    <span className={classes.row} onClick={(event) => event.stopPropagation()}>
      <Buttons isRow kind={workflow} thing={one} only={FIRST} />
    </span>
  );
}
