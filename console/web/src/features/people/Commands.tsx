import { Button, Menu, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { type Rule, rulesOf } from "./commands";
import { permissionsQuery } from "./queries";
import { useChange } from "./useChange";

/** Who may use which command, and which of it was decided by somebody. */
export function Commands() {
  const { t } = useTranslation();
  const { may } = useSession();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { command?: string };
  const list = useQuery(permissionsQuery);
  const wanted = String(search.command ?? "").toLowerCase();
  const all = list.data ? rulesOf(list.data) : [];
  const rows = all.filter((rule) => rule.command.toLowerCase().includes(wanted));
  const find = (command: string) => void navigate({ to: "/people", search: (before: object) => ({ ...before, command: command || undefined }) as never, replace: true });
  const columns: Column<Rule>[] = [
    { key: "command", title: t("people.command"), width: "minmax(7rem, 2fr)", cell: (rule) => <span className="mono">{rule.command}</span> },
    { key: "realm", title: t("people.realm"), width: "minmax(6rem, 1fr)", wide: true, cell: (rule) => rule.realm || t("people.everywhere") },
    { key: "level", title: t("people.mayUse"), width: "minmax(6rem, 1fr)", cell: (rule) => <LevelMark rule={rule} /> },
    { key: "why", title: t("people.why"), width: "minmax(10rem, 3fr)", wide: true, cell: (rule) => <Why rule={rule} /> },
    { key: "menu", title: t("people.change"), width: "7rem", numeric: true, cell: (rule) => may("access:edit") && <Decide rule={rule} /> },
  ];
  return (
    <Section
      title={t("people.commands")}
      aside={<TextInput size="xs" aria-label={t("people.findCommand")} placeholder={t("people.findCommand")} value={search.command ?? ""} onChange={(event) => find(event.target.value)} />}
    >
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t(all.length ? "people.noSuchCommand" : "people.noCommands")}>{!all.length && t("people.noCommandsBody")}</Empty>}
      {rows.length > 0 && <Table label={t("people.commands")} columns={columns} rows={rows} rowKey={(rule) => `${rule.realm}/${rule.command}`} />}
    </Section>
  );
}

function LevelMark({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  if (rule.decided?.broken) return <StateMark tone="bad">{t("people.broken")}</StateMark>;
  return <StateMark tone={rule.level === "admin" ? "shut" : "ok"}>{t(`people.levels.${rule.level}`)}</StateMark>;
}

function Why({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  const { decided } = rule;
  if (!decided) return t("people.byDefault");
  return (
    <span className="foreign">
      {decided.known === false && `${t("people.unknownCommand")} `}
      {t("people.decidedBy", { name: decided.updated_by ?? t("people.commandLine") })} {decided.updated_at && <Ago at={decided.updated_at} />}
    </span>
  );
}

function Decide({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  const change = useChange();
  const { command, realm } = rule;
  const path = { command };
  const set = (level: "admin" | "user") =>
    change(
      () => api.PUT("/api/v1/access/permissions/{command}", { params: { path }, body: { level, realm, force: false } }),
      () => t("people.levelSet", { command, level: t(`people.levels.${level}`) }),
    );
  const unset = () =>
    change(
      () => api.DELETE("/api/v1/access/permissions/{command}", { params: { path, query: { realm } } }),
      () => t("people.levelUnset", { command }),
    );
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="compact-xs" variant="default" aria-label={t("people.decide", { command })}>
          {t("people.change")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("people.mayUse")}</Menu.Label>
        <Menu.Item onClick={() => void set("user")}>{t("people.levels.user")}</Menu.Item>
        <Menu.Item onClick={() => void set("admin")}>{t("people.levels.admin")}</Menu.Item>
        <Menu.Divider />
        <Menu.Item disabled={!rule.decided} onClick={() => void unset()}>
          {t("people.toDefault")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
