import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { MenuItems } from "../../app/MenuItems";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { actorName } from "../../ui/actor";
import { Ago } from "../../ui/Ago";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { Invite } from "./Invite";
import { type Operator, operator } from "./kinds";
import { operatorsQuery, ROLES } from "./queries";
import { useOpen } from "./useOpen";

export function OperatorList() {
  const { t } = useTranslation();
  const { may } = useSession();
  const [isInviting, close] = useOpen("invite");
  const operators = useQuery(operatorsQuery);
  useRefresh(["operator."], operatorsQuery.queryKey);
  const columns: Column<Operator>[] = [
    { key: "name", title: t("operators.name"), width: "minmax(8rem, 2fr)", cell: (one) => one.name },
    { key: "role", title: t("operators.role"), width: "minmax(6rem, 1fr)", cell: (one) => t(`operators.roles.${one.role}`) },
    { key: "seen", title: t("operators.seen"), width: "minmax(8rem, 1fr)", wide: "medium", cell: (one) => (one.seen_at ? <Ago at={one.seen_at} /> : t("operators.never")) },
    { key: "by", title: t("operators.by"), width: "minmax(8rem, 1fr)", wide: "medium", cell: (one) => actorName(one.created_by) },
    { key: "sessions", title: t("operators.sessions"), width: "6rem", wide: true, numeric: true, cell: (one) => one.sessions },
    { key: "menu", title: t("common.actions"), width: "4.5rem", numeric: true, cell: (one) => may("operators:admin") && <OperatorMenu one={one} /> },
  ];
  return (
    <Section
      title={t("operators.people")}
      aside={<ActionButton id="operators.invite" size="compact-sm" />}
    >
      {operators.error && <Problem error={operators.error} onRetry={() => void operators.refetch()} />}
      {operators.data && <Table label={t("operators.people")} columns={columns} rows={operators.data.operators} rowKey={(one) => one.name} />}
      <Invite isOpen={isInviting} onClose={close} />
    </Section>
  );
}

function OperatorMenu({ one }: { one: Operator }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t("operators.menu", { name: one.name })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("operators.role")}</Menu.Label>
        <MenuItems kind={operator} thing={one} only={ROLES.map((role) => `operators.role.${role}`)} />
        <Menu.Divider />
        <MenuItems kind={operator} thing={one} only={["operators.reset", "operators.endSessions", "operators.remove"]} />
      </Menu.Dropdown>
    </Menu>
  );
}
