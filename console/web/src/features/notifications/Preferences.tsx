import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { preference } from "./kinds";
import { type Preference, preferencesQuery } from "./queries";
import { useMeaning } from "./useMeaning";

/** How people want to be notified who have said so, each in a sentence. */
export function Preferences() {
  const { t } = useTranslation();
  const meaningOf = useMeaning();
  const list = useQuery(preferencesQuery);
  const rows = list.data?.preferences ?? [];
  const columns: Column<Preference>[] = [
    { key: "user", title: t("notifications.user"), width: "minmax(5rem, 1fr)", cell: (one) => <span className="foreign mono">{one.user_id}</span> },
    { key: "meaning", title: t("notifications.preferences.how"), width: "minmax(8rem, 5fr)", cell: (one) => <span className="foreign" title={meaningOf(one)}>{meaningOf(one)}</span> },
    { key: "source", title: t("notifications.source"), width: "minmax(7rem, 1fr)", wide: true, cell: (one) => t(`schedules.sources.${one.source}`, { defaultValue: one.source }) + (one.changed ? ` ${t("schedules.changed")}` : "") },
    { key: "buttons", title: t("common.actions"), isBare: true, width: "11rem", narrow: "5.5rem", numeric: true, cell: (one) => <Buttons isRow kind={preference} thing={one} /> },
  ];
  return (
    <Section title={t("notifications.preferences.title")} aside={<ActionButton id="notifications.preferences" size="compact-sm" variant="default" />}>
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t("notifications.preferences.none")}>{t("notifications.preferences.noneBody")}</Empty>}
      {rows.length > 0 && <Table label={t("notifications.preferences.title")} columns={columns} rows={rows} rowKey={(one) => one.user_id} />}
    </Section>
  );
}
