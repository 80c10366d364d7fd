import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { worded } from "../../i18n/worded";
import { Section } from "../../ui/Page";
import { overviewQuery } from "./queries";
import { Trend } from "./Trend";
import classes from "./Workflows.module.css";

const DAYS = 30;
const MOST = 5;

/** How all of them together have run: by day, and why some have failed. */
export function Overview() {
  const { t } = useTranslation();
  const found = useQuery(overviewQuery).data;
  if (!found || found.total_executions === 0) return null;
  return (
    <Section title={t("workflows.together")}>
      <div className={classes.columns}>
        <Trend trend={found.trend} days={DAYS} />
        {found.failure_reasons.length > 0 && (
          <div>
            <h3 className={classes.small}>{t("workflows.failureReasons")}</h3>
            <Reasons reasons={found.failure_reasons} />
          </div>
        )}
      </div>
    </Section>
  );
}

/** Why executions have failed, the most frequent first; each leads to the last one. */
export function Reasons({ reasons }: { reasons: readonly { reason: string; count: number; last_execution: number }[] }) {
  return (
    <ul className={classes.plain}>
      {reasons.slice(0, MOST).map((reason) => (
        <li key={reason.reason} className="foreign">
          <Link to="/workflows/executions/$id" params={{ id: String(reason.last_execution) }}>
            {worded(reason.reason)}
          </Link>{" "}
          <span className={classes.faint}>×{reason.count}</span>
        </li>
      ))}
    </ul>
  );
}
