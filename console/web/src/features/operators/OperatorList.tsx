import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { confirm, failed, said } from "../../ui/confirm";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { Invite } from "./Invite";
import { operatorsQuery, ROLES } from "./queries";

type Operator = components["schemas"]["Operator"];

export function OperatorList() {
  const { t } = useTranslation();
  const { may } = useSession();
  const [isInviting, setInviting] = useState(new URLSearchParams(location.search).get("open") === "invite");
  const operators = useQuery(operatorsQuery);
  useRefresh(["operator."], operatorsQuery.queryKey);
  const columns: Column<Operator>[] = [
    { key: "name", title: t("operators.name"), width: "minmax(8rem, 2fr)", cell: (one) => one.name },
    { key: "role", title: t("operators.role"), width: "minmax(6rem, 1fr)", cell: (one) => t(`operators.roles.${one.role}`) },
    { key: "seen", title: t("operators.seen"), width: "minmax(8rem, 1fr)", wide: true, cell: (one) => (one.seen_at ? <Ago at={one.seen_at} /> : t("operators.never")) },
    { key: "by", title: t("operators.by"), width: "minmax(8rem, 1fr)", wide: true, cell: (one) => one.created_by },
    { key: "sessions", title: t("operators.sessions"), width: "6rem", numeric: true, cell: (one) => one.sessions },
    { key: "menu", title: t("common.actions"), width: "4.5rem", numeric: true, cell: (one) => may("operators:admin") && <OperatorMenu operator={one} /> },
  ];
  return (
    <Section
      title={t("operators.people")}
      aside={
        may("operators:admin") && (
          <Button size="compact-sm" onClick={() => setInviting(true)}>
            {t("operators.invite")}
          </Button>
        )
      }
    >
      {operators.error && <Problem error={operators.error} onRetry={() => void operators.refetch()} />}
      {operators.data && <Table label={t("operators.people")} columns={columns} rows={operators.data.operators} rowKey={(one) => one.name} />}
      <Invite isOpen={isInviting} onClose={() => setInviting(false)} />
    </Section>
  );
}

function OperatorMenu({ operator }: { operator: Operator }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { name } = operator;

  async function change(done: string, work: () => Promise<unknown>) {
    try {
      await work();
      said(done);
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: operatorsQuery.queryKey });
  }

  async function remove() {
    const isSure = await confirm({ title: t("operators.remove", { name }), body: t("operators.removeBody", { name }), button: t("operators.removeButton") });
    if (isSure) await change(t("operators.removed", { name }), () => api.DELETE("/api/v1/operators/{name}", { params: { path: { name } } }));
  }

  const setRole = (role: string) =>
    change(t("operators.roleSet", { name, role: t(`operators.roles.${role}`) }), () => api.PATCH("/api/v1/operators/{name}", { params: { path: { name } }, body: { role } }));
  const endSessions = () => change(t("operators.ended", { name }), () => api.DELETE("/api/v1/operators/{name}/sessions", { params: { path: { name } } }));

  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t("operators.menu", { name })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("operators.role")}</Menu.Label>
        {ROLES.map((role) => (
          <Menu.Item key={role} disabled={role === operator.role} onClick={() => void setRole(role)}>
            {t(`operators.roles.${role}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void endSessions()}>{t("operators.endSessions")}</Menu.Item>
        <Menu.Item onClick={() => void remove()}>{t("operators.removeButton")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
