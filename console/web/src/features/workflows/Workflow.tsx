import { Button, Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { MenuItems } from "../../app/MenuItems";
import { part } from "../../app/release";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { type Fact, FactList } from "../../ui/FactList";
import { Page, Section } from "../../ui/Page";
import { PageProblem } from "../../ui/Problem";
import { StateShape } from "../../ui/StateMark";
import { worded } from "../../i18n/worded";
import { BackTest } from "./BackTest";
import { DryRun } from "./DryRun";
import { ExecutionList } from "./Executions";
import { duration, percent } from "./figures";
import { FIRST, FURTHER, workflow } from "./kinds";
import { Outline } from "./Outline";
import { Reasons } from "./Overview";
import { Questions } from "./Questions";
import { CHANGES, WORKFLOWS } from "./waiting";
import { analyticsQuery, type Definition, workflowQuery, type WorkflowReport } from "./queries";
import { Trend } from "./Trend";
import { Why } from "./Why";
import { State } from "./Workflows";
import classes from "./Workflows.module.css";

/** Reading YAML is loaded when somebody writes it. */
const Edit = lazy(part(() => import("./Edit")));

/** One workflow: what it does in words, what it has done, and why it did not. */
export default function WorkflowPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id } = useParams({ strict: false }) as { id: string };
  const search = useSearch({ strict: false }) as { open?: string; /** Number of an event to try it at. */ at?: number };
  const found = useQuery(workflowQuery(id));
  useRefresh(CHANGES, WORKFLOWS);
  if (found.error && !found.data) return <PageProblem error={found.error} onRetry={() => void found.refetch()} missing={t("workflows.noWorkflow")} list={{ path: "/workflows", title: t("workflows.title") }} />;
  if (!found.data) return null;
  const one = found.data;
  const document = one.document as unknown as Definition;
  if (search.open === "edit")
    return (
      <Page title={t("workflows.editTitle", { name: one.name })} lead={<State one={one} />}>
        <Suspense>
          <Edit key={one.id} seen={one} onClose={() => void navigate({ to: "/workflows/$id", params: { id } })} />
        </Suspense>
      </Page>
    );
  return (
    <Page title={one.name} lead={<Lead one={one} />} actions={<Actions one={one} />}>
      {one.description && <p className={`${classes.description} foreign`}>{one.description}</p>}
      {one.warnings.map((warning) => (
        <p key={warning.message} className={`${classes.warning} foreign`}>
          <StateShape tone="warn" size={12} /> {worded(warning.message)}
        </p>
      ))}
      <Questions workflow={one.name} />
      <div className={classes.columns}>
        <Section title={t("workflows.does")}>
          <Outline document={document} />
        </Section>
        <Facts one={one} />
      </div>
      <Section title={t("workflows.executions")}>
        <ExecutionList workflow={String(one.id)} />
      </Section>
      <Section title={t("workflows.whyTitle")}>
        <Why one={one} document={document} />
      </Section>
      <Section title={t("workflows.try")}>
        <DryRun key={search.at} workflow={String(one.id)} triggers={document.triggers} at={Number(search.at) || undefined} />
      </Section>
      <Section title={t("workflows.backTest")}>
        <BackTest workflow={String(one.id)} />
      </Section>
    </Page>
  );
}

function Actions({ one }: { one: WorkflowReport }) {
  const { t } = useTranslation();
  return (
    <>
      <Buttons kind={workflow} thing={one} only={FIRST} />
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">{t("workflows.more")}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <MenuItems kind={workflow} thing={one} only={FURTHER} />
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function Lead({ one }: { one: WorkflowReport }) {
  const { t } = useTranslation();
  return (
    <span className={classes.lead}>
      <State one={one} />
      <span>{one.last_executed ? <>{t("workflows.ranLast")} <Ago at={one.last_executed} /></> : t("workflows.ranNever")}</span>
    </span>
  );
}

/** Of how many days executions are counted in the chart. */
const DAYS = 30;

function Facts({ one }: { one: WorkflowReport }) {
  const { t, i18n } = useTranslation();
  const analytics = useQuery(analyticsQuery(String(one.id)));
  const reasons = analytics.data?.failure_reasons ?? [];
  const facts: Fact[] = [
    [t("workflows.executions"), one.execution_count.toLocaleString(i18n.language)],
    [t("workflows.success"), one.avg_execution_time === null ? null : percent(one.success_rate, i18n.language)],
    [t("workflows.average"), one.avg_execution_time === null ? null : duration(one.avg_execution_time * 1000, i18n.language)],
    [t("workflows.revision"), <><Link to="/workflows/$id/revisions" params={{ id: String(one.id) }}>{one.revision}</Link>, <Ago at={one.updated_at} /></>],
    [t("workflows.by"), one.created_by],
    [t("workflows.owner"), one.owner],
  ];
  return (
    <Section title={t("workflows.facts")}>
      <FactList facts={facts} />
      {one.execution_count > 0 && analytics.data && <Trend trend={analytics.data.trend} days={DAYS} />}
      {reasons.length > 0 && (
        <>
          <h3 className={classes.small}>{t("workflows.failureReasons")}</h3>
          <Reasons reasons={reasons} />
        </>
      )}
    </Section>
  );
}
