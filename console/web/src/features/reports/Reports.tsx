import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { worded } from "../../i18n/worded";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { failed, said } from "../../ui/confirm";
import { Empty, Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { periodOf } from "./period";
import { CHANGES, listQuery, type Report, REPORTS } from "./queries";

const ACTIONS = ["weekly-report", "monthly-analytics"] as const;

/** What weeks and months were like, the newest first. */
export default function Reports() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const list = useQuery(listQuery);
  useRefresh(CHANGES, REPORTS);
  const rows = list.data?.reports ?? [];
  const columns: Column<Report>[] = [
    { key: "title", title: t("reports.time"), width: "minmax(9rem, 1.6fr)", cell: (one) => <Link to="/reports/$key" params={{ key: one.key }}>{periodOf(one, i18n.language)}</Link> },
    { key: "kind", title: t("reports.kind"), width: "6rem", cell: (one) => t(`reports.kinds.${one.kind}`) },
    { key: "summary", title: t("reports.summary"), width: "minmax(12rem, 4fr)", wide: true, cell: (one) => <span title={worded(one.summary)}>{worded(one.summary)}</span> },
    { key: "made", title: t("reports.made"), width: "8rem", wide: "medium", numeric: true, cell: (one) => <Ago at={one.made_at} /> },
  ];
  return (
    <Page title={t("reports.title")} lead={t("reports.lead")} actions={<Make />}>
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t("reports.none")}>{t("reports.noneBody")}</Empty>}
      {rows.length > 0 && <Table label={t("reports.title")} columns={columns} rows={rows} rowKey={(one) => one.key} onOpen={(one) => void navigate({ to: "/reports/$key", params: { key: one.key } })} />}
    </Page>
  );
}

/** Have one made about the last whole week, or month. */
function Make() {
  const { t } = useTranslation();
  const { may } = useSession();

  async function make(action: (typeof ACTIONS)[number]) {
    try {
      const job = await read(api.POST("/api/v1/jobs", { body: { action, mesh_id: "-", data: {}, dry_run: false } }));
      said(t("reports.asked", { job: job.job_id }));
    } catch (error) {
      failed(error);
    }
  }

  if (!may("jobs:operate")) return null;
  return ACTIONS.map((action) => (
    <Button key={action} variant="default" onClick={() => void make(action)}>
      {t(`reports.make.${action}`)}
    </Button>
  ));
}
