import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useRefresh } from "../../live/hooks";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Happenings } from "../fleet/Happenings";
import classes from "./Overview.module.css";
import { ALERT_KINDS, ALERTS, alertsQuery } from "./queries";

/** What health checks have warned of last, and of what people could not be told. */
export function Alerts() {
  const { t } = useTranslation();
  const alerts = useQuery(alertsQuery);
  useRefresh(ALERT_KINDS, ALERTS);
  const events = alerts.data?.events ?? [];
  return (
    <Section title={t("overview.alerts")}>
      {alerts.error && <Problem error={alerts.error} onRetry={() => void alerts.refetch()} />}
      {alerts.data && events.length === 0 && <p className={classes.hint}>{t("overview.noAlerts")}</p>}
      <Happenings events={events} />
    </Section>
  );
}
