import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { worded } from "../../i18n/worded";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { Problem, sentence } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { kindsOf, recentQuery, whyQuery } from "./events";
import { WORKFLOWS } from "./waiting";
import type { Definition, Reason, WorkflowReport } from "./queries";
import classes from "./Workflows.module.css";

/** The newest events that it looks at, and of each the first reason why it did or did not run. */
export function Why({ one, document }: { one: WorkflowReport; document: Definition }) {
  const { t } = useTranslation();
  const kinds = useMemo(() => kindsOf(document.triggers), [document]);
  const recent = useQuery(recentQuery(kinds));
  const why = useQuery(whyQuery(String(one.id), (recent.data ?? []).map(({ seq }) => seq), one.revision));
  useRefresh(kinds.length > 0 ? kinds.map((kind) => kind.replace(/\*$/, "")) : ["workflow."], [...WORKFLOWS, "recent"]);
  if (kinds.length === 0) return <p className={classes.faint}>{t("workflows.whyNoEvents")}</p>;
  if (recent.error && !recent.data) return <Problem error={recent.error} onRetry={() => void recent.refetch()} />;
  if (recent.data?.length === 0) return <p className={classes.faint}>{t("workflows.whyNone", { kinds: kinds.join(", ") })}</p>;
  return (
    <ol className={classes.why} aria-label={t("workflows.whyTitle")}>
      {(recent.data ?? []).map((event) => (
        <Line key={event.seq} event={event} why={why.data?.get(event.seq)} error={why.error} />
      ))}
    </ol>
  );
}

function Line({ event, why, error }: { event: { seq: number; at: string; kind: string }; why?: Reason; error: unknown }) {
  const { t } = useTranslation();
  return (
    <li>
      {why ? <StateMark tone={why.ran ? "ok" : "idle"}>{t(why.ran ? "workflows.ran" : "workflows.didNotRun")}</StateMark> : <span />}
      <span className="foreign">
        {why ? worded(why.reason) : error ? sentence(error, t("errors.offline")) : null}{" "}
        {why?.execution_id && (
          <Link to="/workflows/executions/$id" params={{ id: String(why.execution_id) }}>
            #{why.execution_id}
          </Link>
        )}
        <span className={classes.faint}>
          {" "}
          <Link to="/workflows/events/$seq" params={{ seq: String(event.seq) }}>
            {event.kind} #{event.seq}
          </Link>
          , <Ago at={event.at} />
        </span>
      </span>
    </li>
  );
}
