import { NativeSelect } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { Explained } from "../../ui/Explained";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark, StateShape } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { Channels } from "./Channels";
import { channel } from "./kinds";
import classes from "./Notifications.module.css";
import { type Channel, CHANGES, channelsQuery, type Filter, listQuery, type Notification, NOTIFICATIONS, SEVERITIES, type Severity, SEVERITY_TONES, type State, STATES, TONES } from "./queries";
import { Preferences } from "./Preferences";
import { PreferencesForm } from "./PreferencesForm";
import { Send } from "./Send";

interface Search extends Filter {
  open?: string;
  /** Whose preferences are open. */
  user?: string;
}

/** What people were told, whether it has reached them, and on which channels; the filters are in the address. */
export default function Notifications() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const channels = useQuery(channelsQuery);
  useRefresh(CHANGES, NOTIFICATIONS);
  const set = (changed: Search) => void navigate({ to: "/notifications", search: { ...search, ...changed } as never, replace: true });
  const known = channels.data?.channels ?? [];
  return (
    <Page
      title={t("notifications.title")}
      lead={channels.data && sentence(known, t)}
      actions={<ActionButton id="notifications.send" />}
    >
      {channels.error && <Problem error={channels.error} onRetry={() => void channels.refetch()} />}
      <Troubles channels={known} />
      {channels.data && <Channels channels={known} />}
      <List search={search} set={set} channels={known} />
      <Preferences />
      <PreferencesForm user={String(search.user ?? "")} isOpen={search.open === "preferences"} onClose={() => set({ open: undefined, user: undefined })} channels={known} />
      <Send isOpen={search.open === "send"} onClose={() => set({ open: undefined })} channels={known} />
    </Page>
  );
}

/** Whether people are reached, in one sentence. */
function sentence(channels: readonly Channel[], t: ReturnType<typeof useTranslation>["t"]): string {
  const used = channels.filter((one) => one.enabled);
  const failing = used.filter((one) => one.failures > 0).map((one) => one.name);
  if (failing.length > 0) return t("notifications.lead.fails", { count: failing.length, names: failing.join(", ") });
  if (!used.some((one) => one.everything)) return t("notifications.lead.nobody");
  return t("notifications.lead.works", { count: used.filter((one) => one.everything).length });
}

/** What a person has to look at: why channels fail, and what was given up. */
function Troubles({ channels }: { channels: Channel[] }) {
  const { t } = useTranslation();
  const wrong = channels.filter((one) => one.error !== null || (one.counts.failed ?? 0) > 0);
  return wrong.map((one) => (
    <div key={one.name} className={classes.needs}>
      <StateShape tone={one.error !== null ? "bad" : "warn"} size={12} />
      <div className={`${classes.trouble} foreign`}>
        <p>
          <strong>{one.name}</strong> {one.counts.failed ? t("notifications.givenUp", { count: one.counts.failed }) : t("notifications.failsNow")}
        </p>
        {one.error && <Explained text={one.error} />}
      </div>
      <Buttons isRow size="compact-sm" kind={channel} thing={one} only={["notifications.retryThere"]} />
    </div>
  ));
}

function List({ search, set, channels }: { search: Search; set: (changed: Search) => void; channels: Channel[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const list = useInfiniteQuery(listQuery(search));
  const rows = list.data?.pages.flatMap((page) => page.notifications) ?? [];
  const isFiltered = Boolean(search.state ?? search.severity ?? search.channel);
  const columns: Column<Notification>[] = [
    { key: "title", title: t("notifications.what"), width: "minmax(8rem, 3fr)", cell: (one) => <Title notification={one} /> },
    { key: "severity", title: t("notifications.severity"), width: "7rem", wide: "medium", cell: (one) => <StateMark tone={SEVERITY_TONES[one.severity] ?? "idle"}>{t(`notifications.severities.${one.severity}`)}</StateMark> },
    { key: "state", title: t("notifications.state"), width: "8rem", cell: (one) => <StateMark tone={TONES[one.state] ?? "idle"}>{t(`notifications.states.${one.state}`)}</StateMark> },
    { key: "channels", title: t("notifications.channels"), width: "minmax(6rem, 1fr)", wide: true, cell: (one) => <span className="foreign">{one.channels.join(", ") || "–"}</span> },
    { key: "at", title: t("notifications.changed"), width: "8rem", wide: "medium", numeric: true, cell: (one) => <Ago at={one.updated_at} /> },
  ];
  return (
    <Section title={t("notifications.all")}>
      <Filters search={search} set={set} channels={channels} />
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t(isFiltered ? "notifications.noneLikeThat" : "notifications.none")}>{!isFiltered && t("notifications.noneBody")}</Empty>}
      {rows.length > 0 && (
        <Table
          label={t("notifications.all")}
          columns={columns}
          rows={rows}
          rowKey={(one) => String(one.id)}
          onOpen={(one) => void navigate({ to: "/notifications/$id", params: { id: String(one.id) } })}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        />
      )}
    </Section>
  );
}

function Title({ notification }: { notification: Notification }) {
  return (
    <span className="foreign" title={notification.title}>
      {notification.title}
      {notification.count > 1 && <span className={classes.faint}> ×{notification.count}</span>}
    </span>
  );
}

function Filters({ search, set, channels }: { search: Search; set: (changed: Search) => void; channels: Channel[] }) {
  const { t } = useTranslation();
  const toggle = (state: State) => set({ state: search.state === state ? undefined : state });
  return (
    <FilterBar>
      {STATES.map((state) => (
        <FilterButton key={state} isChosen={search.state === state} onToggle={() => toggle(state)}>
          {t(`notifications.states.${state}`)}
        </FilterButton>
      ))}
      <NativeSelect
        size="xs"
        aria-label={t("notifications.severity")}
        value={search.severity ?? "info"}
        onChange={(event) => set({ severity: event.target.value === "info" ? undefined : (event.target.value as Severity) })}
        data={SEVERITIES.map((value) => ({ value, label: t(value === "info" ? "notifications.anySeverity" : `notifications.from.${value}`) }))}
      />
      <NativeSelect
        size="xs"
        aria-label={t("notifications.channel")}
        value={search.channel ?? ""}
        onChange={(event) => set({ channel: event.target.value || undefined })}
        data={[{ value: "", label: t("notifications.anyChannel") }, ...channels.map((one) => one.name)]}
      />
    </FilterBar>
  );
}
