import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { actorName } from "../../ui/actor";
import { Ago } from "../../ui/Ago";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { AddAdmin } from "./AddAdmin";
import { admin } from "./kinds";
import { type Admin, adminsQuery } from "./queries";

/** Admins in chats, in every realm; former ones too. */
export function Admins() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { open?: string };
  const list = useInfiniteQuery(adminsQuery);
  const rows = list.data?.pages.flatMap((page) => page.admins) ?? [];
  const close = () => void navigate({ to: "/people", search: {} as never, replace: true });
  const columns: Column<Admin>[] = [
    { key: "user", title: t("people.user"), width: "minmax(8rem, 2fr)", cell: (one) => <span className="foreign mono">{one.user_id}</span> },
    { key: "realm", title: t("people.realm"), width: "minmax(5rem, 1fr)", wide: true, cell: (one) => one.realm || t("people.platform") },
    { key: "state", title: t("people.state"), width: "minmax(6rem, 1fr)", cell: (one) => <AdminState admin={one} /> },
    { key: "by", title: t("people.by"), width: "minmax(8rem, 1fr)", wide: "medium", cell: (one) => <span className="foreign">{one.added_by ? actorName(one.added_by) : t("people.commandLine")}</span> },
    { key: "at", title: t("people.since"), width: "minmax(8rem, 1fr)", wide: "medium", cell: (one) => (one.added_at ? <Ago at={one.added_at} /> : "–") },
    { key: "menu", title: t("people.change"), width: "7rem", numeric: true, cell: (one) => <Buttons isRow kind={admin} thing={one} /> },
  ];
  return (
    <Section
      title={t("people.admins")}
      aside={<ActionButton id="people.add" size="compact-sm" />}
    >
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t("people.noAdmins")}>{t("people.noAdminsBody")}</Empty>}
      {rows.length > 0 && (
        <Table
          label={t("people.admins")}
          columns={columns}
          rows={rows}
          rowKey={(one) => `${one.realm}/${one.user_id}`}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        />
      )}
      <AddAdmin isOpen={search.open === "admin"} onClose={close} />
    </Section>
  );
}

function AdminState({ admin }: { admin: Admin }) {
  const { t } = useTranslation();
  return <StateMark tone={admin.is_active ? "ok" : "idle"}>{t(admin.is_active ? "people.isAdmin" : "people.wasAdmin")}</StateMark>;
}
