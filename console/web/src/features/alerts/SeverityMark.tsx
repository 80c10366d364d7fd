import { useTranslation } from "react-i18next";
import { StateMark } from "../../ui/StateMark";
import classes from "./Alerts.module.css";
import { SEVERITY_TONES } from "./queries";

/** How bad it is: a shape and a word, and for an emergency a ground of its own. */
export function SeverityMark({ severity, isRow }: { severity: string; /** In a row of many: on a narrow screen only the shape is seen. */ isRow?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={classes.severity} data-severity={severity} data-row={isRow} title={isRow ? t(`alerts.severities.${severity}`) : undefined}>
      <StateMark tone={SEVERITY_TONES[severity] ?? "idle"}>{t(`alerts.severities.${severity}`)}</StateMark>
    </span>
  );
}
