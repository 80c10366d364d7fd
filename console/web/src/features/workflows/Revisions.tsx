import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { perform } from "../../app/perform";
import { useActionContext } from "../../app/useActionContext";
import { api } from "../../api/client";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { confirm } from "../../ui/confirm";
import { Page } from "../../ui/Page";
import { PageProblem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { Difference } from "./Difference";
import { type Revision, revisionsQuery, workflowQuery, type WorkflowReport } from "./queries";
import { CHANGES, WORKFLOWS } from "./waiting";
import { asYaml } from "./yaml";
import classes from "./Compare.module.css";

/** What was saved of a workflow: what each changed, and the way back to it. */
export default function Revisions() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const workflow = useQuery(workflowQuery(id));
  const found = useQuery(revisionsQuery(id));
  useRefresh(CHANGES, WORKFLOWS);
  const error = workflow.error ?? found.error;
  if (error && !(workflow.data && found.data)) return <PageProblem error={error} onRetry={() => void (workflow.refetch(), found.refetch())} missing={t("workflows.noWorkflow")} list={{ path: "/workflows", title: t("workflows.title") }} />;
  if (!workflow.data || !found.data) return null;
  const all = found.data;
  return (
    <Page
      title={t("workflows.revisionsTitle", { name: workflow.data.name })}
      lead={
        <>
          {t("workflows.revisionsLead", { count: all.length })}{" "}
          <Link to="/workflows/$id" params={{ id }}>
            {t("workflows.toWorkflow")}
          </Link>
        </>
      }
    >
      <ol className={classes.revisions} aria-label={t("workflows.revisions")}>
        {all.map((one, index) => (
          <Line key={one.revision} one={one} before={all[index + 1]} workflow={workflow.data} />
        ))}
      </ol>
    </Page>
  );
}

type Against = "before" | "newest";

function Line({ one, before, workflow }: { one: Revision; before?: Revision; workflow: WorkflowReport }) {
  const { t } = useTranslation();
  const context = useActionContext();
  const [against, setAgainst] = useState<Against>();
  const isNewest = one.revision === workflow.revision;
  const id = String(workflow.id);
  const save = (document: object, tag: string) =>
    api.PUT("/api/processes/{id}", { params: { path: { id }, header: { "if-match": tag } }, body: { triggers: [], ...document, name: workflow.name } });

  async function goBack() {
    if (!(await confirm({ title: t("workflows.goBackTitle", { number: one.revision }), body: t("workflows.goBackBody", { number: one.revision, newest: workflow.revision }), button: t("workflows.goBack") }))) return;
    const left = workflow.document;
    await perform(context, WORKFLOWS, async () => {
      await save(one.document, workflow.tag);
      return { message: t("workflows.wentBack", { name: workflow.name, number: one.revision }), undo: () => save(left, "*") };
    });
  }

  const toggle = (what: Against) => () => setAgainst(against === what ? undefined : what);
  const other = against === "newest" ? workflow.document : before?.document;
  const texts = [asYaml(other ?? {}), asYaml(one.document)] as const;
  return (
    <li className={classes.revision}>
      <div className={classes.head}>
        <strong className="numbers">{t("workflows.revisionOf", { number: one.revision })}</strong>
        <span className="foreign">
          {one.created_by}, <Ago at={one.created_at} /> {isNewest && <StateMark tone="ok">{t("workflows.inUse")}</StateMark>}
        </span>
        <span className={classes.buttons}>
          {before && (
            <Button size="compact-sm" variant="default" aria-expanded={against === "before"} aria-label={t("workflows.whatChangedOf", { number: one.revision })} onClick={toggle("before")}>
              {t("workflows.whatChanged")}
            </Button>
          )}
          {!isNewest && (
            <Button size="compact-sm" variant="default" aria-expanded={against === "newest"} aria-label={t("workflows.compareWith", { number: one.revision })} onClick={toggle("newest")}>
              {t("workflows.compare")}
            </Button>
          )}
          {!isNewest && context.may("processes:edit") && (
            <Button size="compact-sm" variant="default" aria-label={t("workflows.goBackTo", { number: one.revision })} onClick={() => void goBack()}>
              {t("workflows.goBack")}
            </Button>
          )}
        </span>
      </div>
      {against === "before" && <Difference before={texts[0]} after={texts[1]} label={t("workflows.changedIn", { number: one.revision })} />}
      {against === "newest" && <Difference before={texts[1]} after={texts[0]} label={t("workflows.compareOf", { number: one.revision })} />}
    </li>
  );
}
