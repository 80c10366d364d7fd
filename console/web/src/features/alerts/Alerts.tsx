import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons, SelectionButtons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { Views } from "../../ui/Views";
import { Add } from "./Add";
import classes from "./Alerts.module.css";
import { alert as alerts } from "./kinds";
import { type Alert, ALERTS, CHANGES, type Counts, countsQuery, type Filter, listQuery, SEVERITIES, type Severity, type State, STATES, worstFirst } from "./queries";
import { SeverityMark } from "./SeverityMark";

interface Search extends Filter {
  state?: State;
  open?: string;
}

type Chosen = ReadonlyMap<number, Alert>;

/** What somebody has to take care of: open ones first, the worst at the top; the filters are in the address. */
export default function Alerts() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const counts = useQuery(countsQuery);
  const [chosen, setChosen] = useState<Chosen>(new Map());
  useRefresh(CHANGES, ALERTS);
  const set = (changed: Search) => void navigate({ to: "/alerts", search: { ...search, ...changed } as never, replace: true });
  const choose = useCallback(
    (alert: Alert) =>
      setChosen((before) => {
        const next = new Map(before);
        if (!next.delete(alert.id)) next.set(alert.id, alert);
        return next;
      }),
    [],
  );
  const filter = { severity: search.severity, source: text(search.source), user: text(search.user), zone: text(search.zone), mesh: text(search.mesh) };
  const isNone = counts.data && counts.data.open + counts.data.acknowledged + counts.data.resolved === 0;
  return (
    <Page title={t("alerts.title")} lead={counts.data && sentence(counts.data, t)} actions={<ActionButton id="alerts.add" />}>
      {counts.error && <Problem error={counts.error} onRetry={() => void counts.refetch()} />}
      {isNone ? <Empty title={t("alerts.none")}>{t("alerts.noneBody")}</Empty> : <Filters search={search} set={set} counts={counts.data} />}
      {chosen.size > 0 && <Selection alerts={[...chosen.values()]} onDone={() => setChosen(new Map())} />}
      {!isNone && <Lists shown={search.state ? [search.state] : STATES} filter={filter} chosen={chosen} choose={choose} />}
      <Add isOpen={search.open === "add"} onClose={() => set({ open: undefined })} />
    </Page>
  );
}

/** The address has numbers where people have typed digits. */
function text(value: unknown): string | undefined {
  return value === undefined || value === "" ? undefined : String(value);
}

/** Whether somebody has to do something, in one sentence. */
function sentence(counts: Counts, t: TFunction): string {
  const worst = SEVERITIES.toReversed().find((one) => counts.severities[one]);
  const cared = counts.acknowledged > 0 ? t("alerts.lead.acknowledged", { count: counts.acknowledged }) : "";
  if (counts.open === 0) return [t("alerts.lead.nothing"), cared].filter(Boolean).join(" ");
  const bad = worst === "emergency" || worst === "critical" ? t(`alerts.lead.${worst}`, { count: counts.severities[worst] }) : "";
  return [t("alerts.lead.open", { count: counts.open }), cared, bad].filter(Boolean).join(" ");
}

function Lists({ shown, filter, chosen, choose }: { shown: readonly State[]; filter: Filter; chosen: Chosen; choose: (alert: Alert) => void }) {
  const { t } = useTranslation();
  const lists: Record<State, Listed> = {
    open: useInfiniteQuery({ ...listQuery("open", filter), enabled: shown.includes("open") }),
    acknowledged: useInfiniteQuery({ ...listQuery("acknowledged", filter), enabled: shown.includes("acknowledged") }),
    resolved: useInfiniteQuery({ ...listQuery("resolved", filter), enabled: shown.includes("resolved") }),
  };
  const wrong = shown.find((state) => lists[state].error && !lists[state].data);
  if (wrong) return <Problem error={lists[wrong].error} onRetry={() => void lists[wrong].refetch()} />;
  const isNone = shown.every((state) => lists[state].data?.pages[0]?.alerts.length === 0);
  if (isNone) return <Empty title={t("alerts.noneLikeThat")} />;
  return shown.map((state) => <List key={state} state={state} list={lists[state]} chosen={chosen} choose={choose} />);
}

type Listed = UseInfiniteQueryResult<InfiniteData<{ alerts: Alert[] }>>;

/** A width between a telephone's and that of a wide screen: the lesser one where the list has less than 32 rem. */
const ifRoom = (least: string, most: string) => `clamp(${least}, (100cqi - 32rem) * 100, ${most})`;

function List({ state, list, chosen, choose }: { state: State; list: Listed; chosen: Chosen; choose: (alert: Alert) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const read = list.data?.pages.flatMap((page) => page.alerts) ?? [];
  if (read.length === 0) return null;
  const rows = state === "resolved" ? read : worstFirst(read);
  const columns: Column<Alert>[] = [
    { key: "select", title: t("fleet.pick"), isBare: true, width: "1.25rem", cell: (one) => <Pick alert={one} isPicked={chosen.has(one.id)} onPick={choose} /> },
    { key: "severity", title: t("alerts.severity"), isBare: true, width: "7.5rem", narrow: ifRoom("1.75rem", "7rem"), cell: (one) => <SeverityMark severity={one.severity} isRow /> },
    { key: "title", title: t("alerts.what"), width: "minmax(8rem, 3fr)", cell: (one) => <Title alert={one} /> },
    { key: "about", title: t("alerts.about"), width: "minmax(6rem, 1fr)", wide: true, cell: (one) => <span className="foreign">{about(one) || "–"}</span> },
    { key: "source", title: t("alerts.source"), width: "minmax(5rem, 0.7fr)", wide: true, cell: (one) => <span className="foreign">{one.source}</span> },
    ...(state === "open" ? [] : [{ key: "by", title: t(`alerts.by.${state}`), width: "minmax(6rem, 0.8fr)", wide: true, cell: (one: Alert) => <span className="foreign">{one.resolved_by ?? one.acknowledged_by}</span> }]),
    { key: "at", title: t(`alerts.when.${state}`), width: "7.5rem", narrow: ifRoom("0rem", "8.5rem"), numeric: true, cell: (one) => <span className={classes.when}><Ago at={one.resolved_at ?? one.acknowledged_at ?? one.created_at} /></span> },
    ...(state === "resolved" ? [] : [{ key: "do", title: t("common.actions"), isBare: true, width: "12rem", narrow: ifRoom("0rem", "12rem"), numeric: true, cell: (one: Alert) => <Row alert={one} /> }]),
  ];
  return (
    <Section title={t(`alerts.states.${state}`)}>
      <Table
        label={t(`alerts.states.${state}`)}
        columns={columns}
        rows={rows}
        rowKey={(one) => String(one.id)}
        selected={new Set([...chosen.keys()].map(String))}
        onSelect={(key) => rows.filter((one) => String(one.id) === key).forEach(choose)}
        onOpen={(one) => void navigate({ to: "/alerts/$id", params: { id: String(one.id) } })}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
      />
    </Section>
  );
}

/** The user, the place and the mesh that it is about. */
function about({ user_id, zone, mesh_id }: Alert): string {
  return [user_id, zone, mesh_id].filter(Boolean).join(", ");
}

function Pick({ alert, isPicked, onPick }: { alert: Alert; isPicked: boolean; onPick: (alert: Alert) => void }) {
  const { t } = useTranslation();
  return <Checkbox size="xs" aria-label={t("alerts.select", { name: alerts.nameOf(alert) })} checked={isPicked} onClick={(event) => event.stopPropagation()} onChange={() => onPick(alert)} />;
}

function Title({ alert }: { alert: Alert }) {
  return (
    <span className="foreign" title={alert.title}>
      <Link to="/alerts/$id" params={{ id: String(alert.id) }} onClick={(event) => event.stopPropagation()} className={classes.title}>
        {alert.title}
      </Link>
      {alert.count > 1 && <span className={classes.faint}> ×{alert.count}</span>}
    </span>
  );
}

function Row({ alert }: { alert: Alert }) {
  return (
    <span className={classes.row} onClick={(event) => event.stopPropagation()}>
      <Buttons isRow kind={alerts} thing={alert} only={["alerts.acknowledge", "alerts.resolve"]} />
    </span>
  );
}

/** What can be done with the alerts that are selected. */
function Selection({ alerts: chosen, onDone }: { alerts: Alert[]; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.selection} role="group" aria-label={t("alerts.selected", { count: chosen.length })}>
      <span>{t("alerts.selected", { count: chosen.length })}</span>
      <SelectionButtons kind={alerts} things={chosen} onDone={onDone} />
      <Button size="compact-sm" variant="subtle" onClick={onDone}>
        {t("alerts.selectNone")}
      </Button>
    </div>
  );
}

function Filters({ search, set, counts }: { search: Search; set: (changed: Search) => void; counts?: Counts }) {
  const { t } = useTranslation();
  const words = ["user", "zone", "mesh", "source"] as const;
  /** As it was when the page was opened; then it is the reader's. */
  const [isFurther] = useState(() => words.some((word) => search[word] !== undefined));
  return (
    <FilterBar>
      {STATES.map((state) => (
        <FilterButton key={state} isChosen={search.state === state} onToggle={() => set({ state: search.state === state ? undefined : state })}>
          {t(`alerts.states.${state}`)} {counts && <span className="numbers">{counts[state]}</span>}
        </FilterButton>
      ))}
      <NativeSelect
        size="xs"
        aria-label={t("alerts.severity")}
        value={search.severity ?? "info"}
        onChange={(event) => set({ severity: event.target.value === "info" ? undefined : (event.target.value as Severity) })}
        data={SEVERITIES.map((value) => ({ value, label: t(`alerts.from.${value}`) }))}
      />
      <Views />
      <details className={classes.further} open={isFurther}>
        <summary>{t("alerts.furtherFilters")}</summary>
        <div className={classes.words}>
          {words.map((word) => (
            <TextInput key={word} size="xs" className={classes.filter} aria-label={t(`alerts.${word}`)} placeholder={t(`alerts.${word}`)} value={String(search[word] ?? "")} onChange={(event) => set({ [word]: event.target.value || undefined })} />
          ))}
        </div>
      </details>
    </FilterBar>
  );
}
