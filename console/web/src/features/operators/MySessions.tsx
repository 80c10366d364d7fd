import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { failed } from "../../ui/confirm";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { mySessionsQuery } from "./queries";

type Session = components["schemas"]["Session"];

/** Where one is signed in, and the way to end what one does not know. */
export function MySessions() {
  const { t } = useTranslation();
  const { session } = useSession();
  const queries = useQueryClient();
  const sessions = useQuery(mySessionsQuery);

  async function end(id: number) {
    try {
      await api.DELETE("/api/v1/operators/me/sessions/{session}", { params: { path: { session: id } } });
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: mySessionsQuery.queryKey });
  }

  const columns: Column<Session>[] = [
    { key: "agent", title: t("operators.browser"), width: "minmax(8rem, 3fr)", cell: (one) => <span className="foreign">{one.agent || one.address}</span> },
    { key: "address", title: t("operators.address"), width: "minmax(7rem, 1fr)", wide: true, cell: (one) => one.address },
    { key: "seen", title: t("operators.seen"), width: "minmax(7rem, 1fr)", cell: (one) => <Ago at={one.seen_at} /> },
    {
      key: "end",
      title: t("common.actions"),
      width: "6rem",
      numeric: true,
      cell: (one) =>
        one.id === session.session ? (
          <StateMark tone="ok">{t("operators.thisOne")}</StateMark>
        ) : (
          <Button size="compact-xs" variant="default" onClick={() => void end(one.id)}>
            {t("operators.end")}
          </Button>
        ),
    },
  ];
  return (
    <Section title={t("operators.mine")}>
      {sessions.error && <Problem error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data && <Table label={t("operators.mine")} columns={columns} rows={sessions.data.sessions} rowKey={(one) => String(one.id)} />}
    </Section>
  );
}
