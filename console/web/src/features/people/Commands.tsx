import { Button, Menu, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { MenuItems } from "../../app/MenuItems";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { type Rule, rulesOf } from "./commands";
import { rule } from "./kinds";
import classes from "./People.module.css";
import { permissionsQuery } from "./queries";

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
  const realms = new Set(all.map((rule) => rule.realm)).size;
  const columns = ([
    { key: "command", title: t("people.command"), width: "minmax(7rem, 2fr)", narrow: "minmax(0, 1fr)", cell: (rule) => <span className="mono">{rule.command}</span> },
    realms > 1 && { key: "realm", title: t("people.realm"), width: "minmax(6rem, 1fr)", wide: true, cell: (rule) => rule.realm || t("people.everywhere") },
    { key: "level", title: t("people.allowedFor"), width: "minmax(6rem, 1fr)", narrow: "6rem", cell: (rule) => <LevelMark rule={rule} /> },
    { key: "why", title: t("people.why"), width: "minmax(10rem, 3fr)", wide: "medium", cell: (rule) => <Why rule={rule} /> },
    { key: "menu", title: t("people.change"), isBare: true, width: "7rem", narrow: "5rem", numeric: true, cell: (one) => may("access:edit") && <Decide one={one} /> },
  ] satisfies (Column<Rule> | false)[]).filter((column) => column !== false);
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
  return rule.decided ? <strong>{t(`people.levels.${rule.level}`)}</strong> : t(`people.levels.${rule.level}`);
}

function Why({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  const { decided } = rule;
  if (!decided) return <span className={classes.usual}>{t("people.byDefault")}</span>;
  return (
    <span className="foreign">
      {decided.known === false && `${t("people.unknownCommand")} `}
      {t("people.decidedBy", { name: decided.updated_by ?? t("people.commandLine") })} {decided.updated_at && <Ago at={decided.updated_at} />}
    </span>
  );
}

function Decide({ one }: { one: Rule }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="compact-xs" variant="default" aria-label={t("people.decide", { command: one.command })}>
          {t("people.change")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("people.mayUse")}</Menu.Label>
        <MenuItems kind={rule} thing={one} only={["people.let.user", "people.let.admin"]} />
        <Menu.Divider />
        <MenuItems kind={rule} thing={one} only={["people.toDefault"]} />
      </Menu.Dropdown>
    </Menu>
  );
}
