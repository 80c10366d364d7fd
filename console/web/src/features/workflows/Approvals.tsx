import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Questions } from "./Questions";
import { approvalsQuery, CHANGES, WORKFLOWS } from "./waiting";
import { answeredQuery } from "./queries";
import classes from "./Workflows.module.css";

/** What workflows ask people, and what was answered. */
export default function Approvals() {
  const { t } = useTranslation();
  const open = useQuery(approvalsQuery);
  const all = useQuery(answeredQuery);
  useRefresh(CHANGES, WORKFLOWS);
  if (open.error && !open.data) return <Problem error={open.error} onRetry={() => void open.refetch()} />;
  const past = (all.data ?? []).filter((one) => one.answer !== null);
  return (
    <Page title={t("workflows.approvals")} lead={open.data && t("workflows.lead.questions", { count: open.data.length })}>
      <Questions />
      {open.data?.length === 0 && past.length === 0 && <Empty title={t("workflows.noQuestions")}>{t("workflows.noQuestionsBody")}</Empty>}
      {past.length > 0 && (
        <Section title={t("workflows.answeredBefore")}>
          <ul className={classes.plain}>
            {past.map((one) => (
              <li key={one.id} className="foreign">
                <Link to="/workflows/executions/$id" params={{ id: String(one.execution_id) }}>
                  {one.process} #{one.execution_id}
                </Link>
                : {one.question} <strong>{one.answer}</strong>{" "}
                <span className={classes.faint}>
                  {one.answered_by}, <Ago at={one.asked_at} />
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  );
}
