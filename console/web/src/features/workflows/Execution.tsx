import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { useActionContext } from "../../app/useActionContext";
import { worded } from "../../i18n/worded";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { Explained } from "../../ui/Explained";
import { type Fact, FactList } from "../../ui/FactList";
import { inWords } from "../../ui/format";
import { Empty, Page, Section } from "../../ui/Page";
import { PageProblem } from "../../ui/Problem";
import { StateMark, StateShape } from "../../ui/StateMark";
import { duration } from "./figures";
import { execution, replay } from "./kinds";
import { Questions } from "./Questions";
import { Path } from "./Path";
import { CHANGES, WORKFLOWS } from "./waiting";
import { type Definition, type ExecutionReport, type ExecutionStep, executionQuery, executionsQuery, isOpen, type LogEntry, revisionQuery, TONES } from "./queries";
import { asTitle, stepSentence } from "./sentences";
import { useSteps } from "./useSteps";
import classes from "./Workflows.module.css";

/** One execution: what has become of it, step by step, with the values before and after each. */
export default function ExecutionPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const found = useQuery(executionQuery(Number(id)));
  const { process_id: workflow = 0, revision: number = 0 } = found.data?.report ?? {};
  const revision = useQuery({ ...revisionQuery(String(workflow), number), enabled: workflow > 0 });
  useRefresh(CHANGES, WORKFLOWS);
  useSteps(found.data !== undefined && isOpen(found.data.report.status), Number(id));
  if (found.error && !found.data)
    return <PageProblem error={found.error} onRetry={() => void found.refetch()} missing={t("workflows.noExecution")} list={{ path: "/workflows/executions", title: t("workflows.allExecutions") }} />;
  if (!found.data) return null;
  const { report, logs } = found.data;
  const document = revision.data?.document as unknown as Definition | undefined;
  return (
    <Page title={t("workflows.executionTitle", { name: report.process, number: report.id })} lead={<Lead one={report} />} actions={<Buttons kind={execution} thing={report} />}>
      <Questions execution={report.id} />
      {report.error_message && <Explained text={report.error_message} isOpen />}
      <div className={classes.columns}>
        <Section title={t("workflows.timeline")}>
          <Timeline report={report} logs={logs} document={document} />
        </Section>
        <div className={classes.side}>
          {document && (
            <div className={classes.first}>
              <Section title={t("workflows.path")}>
                <Path document={document} report={report} onGo={goTo} />
              </Section>
            </div>
          )}
          <Facts one={report} />
        </div>
      </div>
    </Page>
  );
}

/** Show a step of the timeline, and lead the keys there. */
function goTo(step: number) {
  const line = window.document.getElementById(`step-${step}`);
  line?.scrollIntoView({ block: "nearest" });
  line?.focus();
}

function Lead({ one }: { one: ExecutionReport }) {
  const { t, i18n } = useTranslation();
  return (
    <span className={classes.lead}>
      <StateMark tone={TONES[one.status] ?? "idle"}>{t(`workflows.status.${one.status}`)}</StateMark>
      <span>
        {t("workflows.began")} <Ago at={one.started_at} />
        {one.execution_time_ms !== null && `, ${t("workflows.tookIt", { time: duration(one.execution_time_ms, i18n.language) })}`}
      </span>
      <span className="numbers">{t("workflows.stepsOf", { done: one.steps_completed, total: one.total_steps })}</span>
      <Neighbours one={one} />
    </span>
  );
}

/** The ones before and after it, as far as they are among the newest of its workflow. */
function Neighbours({ one }: { one: ExecutionReport }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery(executionsQuery({ workflow: String(one.process_id) }));
  const ids = list.data?.pages.flatMap((page) => page.executions.map(({ id }) => id)) ?? [];
  const at = ids.indexOf(one.id);
  const link = (id: number | undefined, words: string) =>
    id !== undefined && (
      <Link to="/workflows/executions/$id" params={{ id: String(id) }}>
        {t(words, { number: id })}
      </Link>
    );
  return (
    <>
      {at >= 0 && link(ids[at + 1], "workflows.before")}
      {at > 0 && link(ids[at - 1], "workflows.after")}
    </>
  );
}

function Timeline({ report, logs, document }: { report: ExecutionReport; logs: readonly LogEntry[]; document?: Definition }) {
  const { t } = useTranslation();
  const general = logs.filter((entry) => entry.step === null && entry.level !== "info");
  const top = new Set(document?.steps.map(({ id }) => id));
  if (report.steps.length === 0 && !isOpen(report.status)) return <Empty title={t("workflows.noSteps")} />;
  return (
    <>
      <ol className={classes.timeline} aria-label={t("workflows.timeline")}>
        {report.steps.map((step) => (
          <StepLine key={step.id} step={step} isTop={top.has(step.step)} report={report} logs={logs.filter((entry) => entry.step === step.id && entry.text !== ended(step))} />
        ))}
      </ol>
      {general.length > 0 && <Log entries={general} />}
    </>
  );
}

function StepLine({ step, isTop, report, logs }: { step: ExecutionStep; /** Whether an execution can begin with it. */ isTop: boolean; report: ExecutionReport; logs: LogEntry[] }) {
  const { t, i18n } = useTranslation();
  const context = useActionContext();
  const offset = Date.parse(step.started_at) - Date.parse(report.started_at);
  /** What it was given is what it has set: both are said by the changes. */
  const isChange = step.type === "set_variable" && Object.keys(step.changes).length > 0;
  /** Why it was skipped. */
  const why = step.status === "skipped" ? (step.result as { why?: unknown } | null)?.why : undefined;
  return (
    <li id={`step-${step.id}`} data-status={step.status} tabIndex={-1}>
      <StateShape tone={TONES[step.status] ?? "idle"} size={12} />
      <div className={classes.step}>
        <div className={classes.stepHead}>
          <strong className="foreign">{headline(step, t)}</strong>
          <span className={`${classes.id} foreign`}>{step.step}</span>
          <span className={classes.faint}>
            {t(`workflows.status.${step.status}`)}
            {step.execution_time_ms !== null && `, ${duration(step.execution_time_ms, i18n.language)}`}
            {step.retry_count > 0 && `, ${t("workflows.retried", { count: step.retry_count })}`}
          </span>
        </div>
        {step.error_message && <Explained text={step.error_message} isOpen={step.status === "failed"} />}
        {typeof why === "string" && <span className="foreign">{worded(why)}</span>}
        {!isChange && <Values title={t("workflows.given")} of={step.input} isOpen={step.status === "failed"} />}
        {!isChange && typeof why !== "string" && <Values title={t("workflows.result")} of={step.result} />}
        {Object.entries(step.changes).map(([name, change]) => (
          <p key={name} className={`${classes.change} foreign`}>
            <span className="mono">{name}</span>: {inWords((change as Change).before) || t("workflows.nothing")} → <strong>{inWords((change as Change).after) || t("workflows.nothing")}</strong>
          </p>
        ))}
        {logs.length > 0 && <Log entries={logs} />}
        {isTop && !isOpen(report.status) && context.may("processes:execute") && (
          <Button size="compact-xs" variant="subtle" className={classes.from} aria-label={t("workflows.replayFrom", { step: step.step })} onClick={() => void replay(report, { from_step: step.step }, context)}>
            {t("workflows.replayHere")}
          </Button>
        )}
      </div>
      <span className={`${classes.offset} numbers`} title={new Date(step.started_at).toLocaleString(i18n.language)}>
        +{duration(Math.max(0, offset), i18n.language)}
      </span>
    </li>
  );
}

/** Steps that have blocks, or whose values do not say what they do: their type is said. */
const NAMED_BY_TYPE = ["branch", "parallel", "for_each", "set_variable", "stop"];

/** What the log says of the end of a step, which its line shows already. */
const ended = (step: ExecutionStep) => [step.step, step.status, step.error_message].filter(Boolean).join(": ");

/** What a step has done, with the values that it was given. */
function headline(step: ExecutionStep, t: TFunction): string {
  const isSaid = typeof step.input === "object" && step.input !== null && !NAMED_BY_TYPE.includes(step.type);
  const words = isSaid ? stepSentence({ id: step.step, type: step.type, with: step.input as Record<string, unknown> }, t, true) : t(`workflows.stepNames.${step.type}`, { defaultValue: step.type });
  return asTitle(words);
}

interface Change {
  before: unknown;
  after: unknown;
}

/** So many values are read at a glance; more of them are folded. */
const FEW = 4;

/** Names and values; nothing where there are none. */
function Values({ title, of, isOpen = false }: { title: string; of: unknown; isOpen?: boolean }) {
  const { t } = useTranslation();
  if (of === null || of === undefined || of === "" || (typeof of === "object" && Object.keys(of).length === 0)) return null;
  const facts: Fact[] = typeof of === "object" && !Array.isArray(of) ? Object.entries(of).map(([name, value]) => [name, inWords(value)]) : [["", inWords(of)]];
  return (
    <details className={classes.values} open={isOpen || facts.length <= FEW}>
      <summary>
        {title} {facts.length > FEW && t("workflows.valuesCount", { count: facts.length })}
      </summary>
      <FactList facts={facts} />
    </details>
  );
}

function Log({ entries }: { entries: readonly LogEntry[] }) {
  const { t, i18n } = useTranslation();
  return (
    <details className={classes.values}>
      <summary>{t("workflows.log", { count: entries.length })}</summary>
      <ol className={classes.log}>
        {entries.map((entry, index) => (
          <li key={index} data-level={entry.level} className="foreign">
            <time dateTime={entry.at}>{new Date(entry.at).toLocaleTimeString(i18n.language)}</time> {entry.text}
          </li>
        ))}
      </ol>
    </details>
  );
}

function Facts({ one }: { one: ExecutionReport }) {
  const { t } = useTranslation();
  const { event = {} } = one.trigger_event as { event?: { kind?: string; subject?: string | null; mesh_id?: string | null; data?: object } };
  const facts: Fact[] = [
    [t("workflows.workflow"), <Link to="/workflows/$id" params={{ id: String(one.process_id) }}>{one.process}</Link>],
    [t("workflows.revision"), one.revision],
    [t("workflows.trigger"), t(`workflows.triggerNames.${one.trigger_type}`, { defaultValue: one.trigger_type })],
    [t("workflows.begunBy"), one.triggered_by],
    [t("workflows.event"), one.event_seq !== null && <Link to="/workflows/events/$seq" params={{ seq: String(one.event_seq) }}>{`${event.kind ?? ""} #${one.event_seq}`}</Link>],
    [t("workflows.about"), event.subject],
    [t("workflows.mesh"), event.mesh_id && <Link to="/fleet/$id" params={{ id: event.mesh_id }}>{event.mesh_id}</Link>],
    [t("workflows.values"), inWords(event.data)],
    [t("workflows.inputs"), inWords(one.inputs)],
    [t("workflows.variables"), inWords(one.variables)],
    [t("workflows.key"), one.key],
    [t("workflows.calledBy"), one.parent_id && <Link to="/workflows/executions/$id" params={{ id: String(one.parent_id) }}>#{one.parent_id}</Link>],
    [t("workflows.replayOf"), one.replay_of && <Link to="/workflows/executions/$id" params={{ id: String(one.replay_of) }}>#{one.replay_of}</Link>],
    [t("workflows.calls"), one.children.length > 0 && one.children.map((id) => <Link key={id} to="/workflows/executions/$id" params={{ id: String(id) }}>#{id} </Link>)],
  ];
  return (
    <Section title={t("workflows.facts")}>
      <FactList facts={facts.filter(([, value]) => value !== false)} />
    </Section>
  );
}
