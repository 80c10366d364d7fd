import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { worded } from "../../i18n/worded";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { Code } from "../../ui/Code";
import { type Fact, FactList } from "../../ui/FactList";
import { inWords } from "../../ui/format";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem, sentence } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { eventQuery, looksAt, whyQuery } from "./events";
import { listQuery, type WorkflowInfo } from "./queries";
import { CHANGES, WORKFLOWS } from "./waiting";
import classes from "./Workflows.module.css";

/** One event, and of each workflow that looks at such events why it did or did not run. */
export default function EventPage() {
  const { t } = useTranslation();
  const { seq } = useParams({ strict: false }) as { seq: string };
  const found = useQuery(eventQuery(Number(seq)));
  const list = useQuery(listQuery);
  useRefresh(CHANGES, WORKFLOWS);
  const error = found.error ?? list.error;
  if (error) return <Problem error={error} onRetry={() => void (found.refetch(), list.refetch())} />;
  if (found.data === undefined || !list.data) return null;
  const event = found.data;
  const title = t("workflows.eventTitle", { number: seq });
  if (!event)
    return (
      <Page title={title}>
        <Empty title={t("workflows.noEvent")}>{t("workflows.noEventBody")}</Empty>
      </Page>
    );
  const facts: Fact[] = [
    [t("workflows.kind"), <span className="mono">{event.kind}</span>],
    [t("workflows.happened"), <Ago at={event.at} />],
    [t("workflows.about"), event.subject],
    [t("workflows.mesh"), event.mesh_id && <Link to="/fleet/$id" params={{ id: event.mesh_id }}>{event.mesh_id}</Link>],
    [t("workflows.begunBy"), event.actor],
    ...Object.entries(event.data).filter(([name]) => name !== VERSION).map(([name, value]): Fact => [name, inWords(value)]),
  ];
  const looking = list.data.filter(({ trigger_types }) => looksAt(trigger_types, event.kind));
  return (
    <Page title={title} lead={t("workflows.eventLead")}>
      <div className={classes.columns}>
        <Section title={t("workflows.whyTitle")}>
          <Reasons key={seq} looking={looking} seq={event.seq} others={list.data.length - looking.length} />
        </Section>
        <Section title={t("workflows.event")}>
          <FactList facts={facts} />
          <details className={classes.values}>
            <summary>JSON</summary>
            <Code label="JSON" isForeign>
              {JSON.stringify(event, null, 2)}
            </Code>
          </details>
        </Section>
      </div>
    </Page>
  );
}

/** Says only how data is written. */
const VERSION = "v";

/** Each is a request of its own: so many at a time. */
const AT_ONCE = 25;

function Reasons({ looking, seq, others }: { looking: readonly WorkflowInfo[]; seq: number; others: number }) {
  const { t } = useTranslation();
  const [most, setMost] = useState(AT_ONCE);
  if (looking.length + others === 0) return <Empty title={t("workflows.none")}>{t("workflows.noneBody")}</Empty>;
  return (
    <>
      {looking.length > 0 && (
        <ol className={classes.why} aria-label={t("workflows.whyTitle")}>
          {looking.slice(0, most).map((one) => (
            <Reason key={one.id} one={one} seq={seq} />
          ))}
        </ol>
      )}
      {looking.length > most && (
        <button type="button" className={classes.link} onClick={() => setMost(most + AT_ONCE)}>
          {t("workflows.showMore", { count: looking.length - most })}
        </button>
      )}
      {others > 0 && <p className={classes.faint}>{t("workflows.othersDoNotLook", { count: others })}</p>}
    </>
  );
}

function Reason({ one, seq }: { one: WorkflowInfo; seq: number }) {
  const { t } = useTranslation();
  const why = useQuery(whyQuery(String(one.id), seq, one.revision));
  return (
    <li>
      {why.data ? <StateMark tone={why.data.ran ? "ok" : "idle"}>{t(why.data.ran ? "workflows.ran" : "workflows.didNotRun")}</StateMark> : <span />}
      <span className="foreign">
        <Link to="/workflows/$id" params={{ id: String(one.id) }} search={{ at: seq } as never}>
          {one.name}
        </Link>
        {": "}
        {why.error ? sentence(why.error, t("errors.offline")) : why.data && worded(why.data.reason)}{" "}
        {why.data?.execution_id && (
          <Link to="/workflows/executions/$id" params={{ id: String(why.data.execution_id) }}>
            #{why.data.execution_id}
          </Link>
        )}
      </span>
    </li>
  );
}
