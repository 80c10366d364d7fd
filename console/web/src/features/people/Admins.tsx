import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { confirm } from "../../ui/confirm";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { AddAdmin } from "./AddAdmin";
import { type Admin, adminsQuery } from "./queries";
import { useChange } from "./useChange";

/** Admins in chats, in every realm; former ones too. */
export function Admins() {
  const { t } = useTranslation();
  const { may } = useSession();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { open?: string };
  const list = useInfiniteQuery(adminsQuery);
  const rows = list.data?.pages.flatMap((page) => page.admins) ?? [];
  const open = (what?: string) => void navigate({ to: "/people", search: { open: what } as never, replace: true });
  const columns: Column<Admin>[] = [
    { key: "user", title: t("people.user"), width: "minmax(8rem, 2fr)", cell: (one) => <span className="foreign mono">{one.user_id}</span> },
    { key: "realm", title: t("people.realm"), width: "minmax(5rem, 1fr)", wide: true, cell: (one) => one.realm || t("people.platform") },
    { key: "state", title: t("people.state"), width: "minmax(6rem, 1fr)", cell: (one) => <AdminState admin={one} /> },
    { key: "by", title: t("people.by"), width: "minmax(8rem, 1fr)", wide: true, cell: (one) => <span className="foreign">{one.added_by ?? t("people.commandLine")}</span> },
    { key: "at", title: t("people.since"), width: "minmax(8rem, 1fr)", wide: true, cell: (one) => (one.added_at ? <Ago at={one.added_at} /> : "–") },
    { key: "menu", title: t("people.change"), width: "7rem", numeric: true, cell: (one) => may("access:edit") && <Change admin={one} /> },
  ];
  return (
    <Section
      title={t("people.admins")}
      aside={
        may("access:edit") && (
          <Button size="compact-sm" onClick={() => open("admin")}>
            {t("people.addAdmin")}
          </Button>
        )
      }
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
      <AddAdmin isOpen={search.open === "admin"} onClose={() => open()} />
    </Section>
  );
}

function AdminState({ admin }: { admin: Admin }) {
  const { t } = useTranslation();
  return <StateMark tone={admin.is_active ? "ok" : "idle"}>{t(admin.is_active ? "people.isAdmin" : "people.wasAdmin")}</StateMark>;
}

function Change({ admin }: { admin: Admin }) {
  const { t } = useTranslation();
  const change = useChange();
  const { user_id, realm } = admin;

  async function remove() {
    const isSure = await confirm({ title: t("people.remove", { user: user_id }), body: t("people.removeBody", { realm: realm || t("people.platform") }), button: t("people.removeButton") });
    if (!isSure) return;
    await change(
      () => api.DELETE("/api/v1/access/admins/{user_id}", { params: { path: { user_id }, query: { realm } } }),
      () => t("people.removed", { user: user_id }),
    );
  }

  const again = () =>
    change(
      () => api.POST("/api/v1/access/admins", { body: { user_id, realm } }),
      () => t("people.added", { user: user_id }),
    );
  return admin.is_active ? (
    <Button size="compact-xs" variant="default" aria-label={t("people.remove", { user: user_id })} onClick={() => void remove()}>
      {t("people.removeButton")}
    </Button>
  ) : (
    <Button size="compact-xs" variant="default" aria-label={t("people.againFor", { user: user_id })} onClick={() => void again()}>
      {t("people.again")}
    </Button>
  );
}
