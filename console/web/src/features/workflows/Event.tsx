import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { worded } from "../../i18n/worded";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { Code } from "../../ui/Code";
import { type Fact, FactList } from "../../ui/FactList";
import { inWords } from "../../ui/format";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { eventQuery, reasonsQuery } from "./events";
import { listQuery } from "./queries";
import { CHANGES, WORKFLOWS } from "./waiting";
import classes from "./Workflows.module.css";

/** One event, and of each workflow that looks at such events why it did or did not run. */
export default function EventPage() {
  const { t } = useTranslation();
  const { seq } = useParams({ strict: false }) as { seq: string };
  const found = useQuery(eventQuery(Number(seq)));
  useRefresh(CHANGES, WORKFLOWS);
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return null;
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
  return (
    <Page title={title} lead={t("workflows.eventLead")}>
      <div className={classes.columns}>
        <Section title={t("workflows.whyTitle")}>
          <Reasons key={seq} seq={event.seq} />
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

function Reasons({ seq }: { seq: number }) {
  const { t } = useTranslation();
  const found = useInfiniteQuery(reasonsQuery(seq));
  const list = useQuery(listQuery);
  if (found.error && !found.data) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data || !list.data) return null;
  if (list.data.length === 0) return <Empty title={t("workflows.none")}>{t("workflows.noneBody")}</Empty>;
  const reasons = found.data.pages.flatMap((page) => page.reasons);
  const total = found.data.pages.at(-1)?.total ?? 0;
  const others = list.data.length - total;
  return (
    <>
      {reasons.length > 0 && (
        <ol className={classes.why} aria-label={t("workflows.whyTitle")}>
          {reasons.map((one) => (
            <li key={one.process_id}>
              <StateMark tone={one.ran ? "ok" : "idle"}>{t(one.ran ? "workflows.ran" : "workflows.didNotRun")}</StateMark>
              <span className="foreign">
                <Link to="/workflows/$id" params={{ id: String(one.process_id) }} search={{ at: seq } as never}>
                  {one.process}
                </Link>
                {": "}
                {worded(one.reason)}{" "}
                {one.execution_id && (
                  <Link to="/workflows/executions/$id" params={{ id: String(one.execution_id) }}>
                    #{one.execution_id}
                  </Link>
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
      {found.hasNextPage && (
        <button type="button" className={classes.link} onClick={() => void found.fetchNextPage()}>
          {t("workflows.showMore", { count: total - reasons.length })}
        </button>
      )}
      {total === 0 && <p className={classes.faint}>{t("workflows.noneLooks")}</p>}
      {total > 0 && others > 0 && <p className={classes.faint}>{t("workflows.othersDoNotLook", { count: others })}</p>}
    </>
  );
}
