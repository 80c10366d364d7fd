import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "../../ui/Page";
import { PageProblem } from "../../ui/Problem";
import { periodOf } from "./period";
import { reportQuery } from "./queries";
import classes from "./Reports.module.css";

/** One report, as the page that was made of it; that one runs nothing and reaches nothing from here. */
export default function ReportPage() {
  const { t, i18n } = useTranslation();
  const { key } = useParams({ strict: false }) as { key: string };
  const found = useQuery(reportQuery(key));
  if (found.error && !found.data) return <PageProblem error={found.error} onRetry={() => void found.refetch()} missing={t("reports.missing")} list={{ path: "/reports", title: t("reports.title") }} />;
  if (!found.data) return null;
  const document = found.data.document as { title: string; kind: string; from: string; to: string };
  const path = `/api/v1/reports/${encodeURIComponent(key)}`;
  const page = `${path}/page?language=${i18n.language}`;
  return (
    <Page
      title={periodOf({ title: document.title, first: document.from, last: document.to }, i18n.language)}
      lead={
        <>
          {t(`reports.kindLong.${document.kind}`)} <Link to="/reports">{t("reports.others")}</Link>
        </>
      }
      actions={
        <>
          <Button component="a" variant="default" href={page} target="_blank" rel="noreferrer">
            {t("reports.alone")}
          </Button>
          <Button component="a" variant="default" href={path} target="_blank" rel="noreferrer">
            {t("reports.figures")}
          </Button>
        </>
      }
    >
      {/* Made anew, it is read anew. */}
      <iframe key={found.data.updated_at} className={classes.page} src={page} title={t("reports.page", { title: document.title })} sandbox="" />
    </Page>
  );
}
