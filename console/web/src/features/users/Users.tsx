import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { SelectionButtons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { Views } from "../../ui/Views";
import { zonesQuery } from "../zones/queries";
import { AddUser } from "./AddUser";
import { Groups } from "./Groups";
import { nameOf, user as users } from "./kinds";
import { CHANGES, countsQuery, type Filter, groupsQuery, listQuery, type User, type UserCounts, USERS } from "./queries";
import classes from "./Users.module.css";

interface Search extends Filter {
  open?: string;
  /** The group that is edited; none: a new one. */
  edited?: string;
}

/** Who is seen in meshes, and where; the filters are in the address. */
export default function Users() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const counts = useQuery(countsQuery);
  useRefresh(CHANGES, USERS);
  const set = (changed: Search) => void navigate({ to: "/users", search: { ...search, ...changed } as never, replace: true });
  const close = () => set({ open: undefined, edited: undefined });
  const isNone = counts.data?.users === 0;
  return (
    <Page title={t("users.title")} lead={counts.data && sentence(counts.data, t)} actions={<ActionButton id="users.add" />}>
      {counts.error && <Problem error={counts.error} onRetry={() => void counts.refetch()} />}
      {isNone ? <Empty title={t("users.none")}>{t("users.noneBody")}</Empty> : <List search={search} set={set} />}
      <Groups open={search.open} edited={search.edited === undefined ? undefined : String(search.edited)} onClose={close} chosen={search.group} />
      <AddUser isOpen={search.open === "add"} onClose={close} />
    </Page>
  );
}

function sentence(counts: UserCounts, t: ReturnType<typeof useTranslation>["t"]): string {
  if (counts.users === 0) return t("users.lead.nobody");
  return t("users.lead.some", { count: counts.online, all: t("users.lead.all", { count: counts.users }) });
}

/** The address has numbers where people have typed digits. */
const text = (value: unknown) => (value === undefined || value === "" ? undefined : String(value));

function List({ search, set }: { search: Search; set: (changed: Search) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<ReadonlyMap<string, User>>(new Map());
  const filter = { online: search.online, registered: search.registered, group: text(search.group), zone: text(search.zone), mesh: text(search.mesh), text: text(search.text) };
  const list = useInfiniteQuery(listQuery(filter));
  const rows = list.data?.pages.flatMap((page) => page.users) ?? [];
  const choose = (one: User) => {
    const next = new Map(chosen);
    if (!next.delete(one.user_id)) next.set(one.user_id, one);
    setChosen(next);
  };
  const columns: Column<User>[] = [
    { key: "select", title: t("fleet.pick"), isBare: true, width: "1.25rem", cell: (one) => <Pick user={one} isPicked={chosen.has(one.user_id)} onPick={choose} /> },
    { key: "name", title: t("users.user"), width: "minmax(8rem, 2fr)", cell: (one) => <Name user={one} /> },
    { key: "state", title: t("users.state"), width: "6.5rem", narrow: "5.5rem", cell: (one) => <Online user={one} /> },
    { key: "mesh", title: t("users.where"), width: "minmax(5rem, 1fr)", wide: true, cell: (one) => <span className="foreign">{one.mesh_id ?? "–"}</span> },
    { key: "zones", title: t("users.zones"), width: "minmax(5rem, 1fr)", wide: true, cell: (one) => <span className="foreign">{one.zones.join(", ") || "–"}</span> },
    { key: "groups", title: t("users.groups"), width: "minmax(5rem, 1.2fr)", wide: true, cell: (one) => <span className="foreign">{one.groups.join(", ") || "–"}</span> },
    { key: "registered", title: t("users.registered"), width: "7rem", wide: true, numeric: true, cell: (one) => (one.registered_at ? <Ago at={one.registered_at} isShort /> : "–") },
    { key: "seen", title: t("users.seenAt"), width: "8rem", narrow: "4.5rem", numeric: true, cell: (one) => (one.last_seen_at ? <Ago at={one.last_seen_at} isShort /> : "–") },
  ];
  return (
    <Section title={t("users.seen")}>
      <Filters search={search} set={set} />
      {chosen.size > 0 && (
        <div className={classes.selection} role="group" aria-label={t("users.selected", { count: chosen.size })}>
          <span>{t("users.selected", { count: chosen.size })}</span>
          <SelectionButtons kind={users} things={[...chosen.values()]} onDone={() => setChosen(new Map())} />
          <Button size="compact-sm" variant="subtle" onClick={() => setChosen(new Map())}>
            {t("alerts.selectNone")}
          </Button>
        </div>
      )}
      {list.error && !list.data && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t("users.noneLikeThat")} />}
      {rows.length > 0 && (
        <Table
          label={t("users.seen")}
          columns={columns}
          rows={rows}
          rowKey={(one) => one.user_id}
          selected={new Set(chosen.keys())}
          onSelect={(key) => rows.filter((one) => one.user_id === key).forEach(choose)}
          onOpen={(one) => void navigate({ to: "/users/$id", params: { id: one.user_id } })}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        />
      )}
    </Section>
  );
}

/** Whether somebody is there now. */
export function Online({ user }: { user: Pick<User, "is_online"> }) {
  const { t } = useTranslation();
  return <StateMark tone={user.is_online ? "ok" : "idle"}>{t(user.is_online ? "users.online" : "users.offline")}</StateMark>;
}

function Name({ user }: { user: User }) {
  return (
    <span className="foreign" title={nameOf(user)}>
      <Link to="/users/$id" params={{ id: user.user_id }} onClick={(event) => event.stopPropagation()} className={classes.name}>
        {user.name || user.user_id}
      </Link>
      {user.name && user.name !== user.user_id && <span className={classes.faint}> {user.user_id}</span>}
    </span>
  );
}

function Pick({ user, isPicked, onPick }: { user: User; isPicked: boolean; onPick: (user: User) => void }) {
  const { t } = useTranslation();
  return <Checkbox size="xs" aria-label={t("users.select", { name: nameOf(user) })} checked={isPicked} onClick={(event) => event.stopPropagation()} onChange={() => onPick(user)} />;
}

function Filters({ search, set }: { search: Search; set: (changed: Search) => void }) {
  const { t } = useTranslation();
  const groups = useQuery(groupsQuery);
  const zones = useQuery(zonesQuery);
  const toggle = (is: boolean) => set({ online: search.online === is ? undefined : is });
  return (
    <FilterBar>
      <FilterButton isChosen={search.online === true} onToggle={() => toggle(true)}>
        {t("users.online")}
      </FilterButton>
      <FilterButton isChosen={search.online === false} onToggle={() => toggle(false)}>
        {t("users.offline")}
      </FilterButton>
      <FilterButton isChosen={search.registered === true} onToggle={() => set({ registered: search.registered ? undefined : true })}>
        {t("users.registered")}
      </FilterButton>
      <TextInput size="xs" className={classes.filter} aria-label={t("users.search")} placeholder={t("users.search")} value={String(search.text ?? "")} onChange={(event) => set({ text: event.target.value || undefined })} />
      <TextInput size="xs" className={classes.filter} aria-label={t("users.mesh")} placeholder={t("users.mesh")} value={String(search.mesh ?? "")} onChange={(event) => set({ mesh: event.target.value || undefined })} />
      <NativeSelect
        size="xs"
        aria-label={t("users.group")}
        value={String(search.group ?? "")}
        onChange={(event) => set({ group: event.target.value || undefined })}
        data={[{ value: "", label: t("users.anyGroup") }, ...(groups.data ?? []).map(({ name }) => name)]}
      />
      <NativeSelect
        size="xs"
        aria-label={t("users.zone")}
        value={String(search.zone ?? "")}
        onChange={(event) => set({ zone: event.target.value || undefined })}
        data={[{ value: "", label: t("users.anyZone") }, ...(zones.data ?? []).map(({ name }) => name)]}
      />
      <Views />
    </FilterBar>
  );
}
