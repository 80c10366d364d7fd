import { useTranslation } from "react-i18next";
import { StateShape } from "../../ui/StateMark";
import { steps as all, marked } from "./path";
import { type Definition, type ExecutionReport, TONES } from "./queries";
import { stepSentence } from "./sentences";
import classes from "./Path.module.css";

/** The steps of the revision that ran, as they are nested: which were done, and which it never came to. */
export function Path({ document, report, onGo }: { document: Definition; report: ExecutionReport; onGo: (step: number) => void }) {
  const { t } = useTranslation();
  const marks = marked(report.steps);
  return (
    <ol className={classes.path} aria-label={t("workflows.path")}>
      {all(document).map(({ step, depth, branch }) => {
        const mark = marks.get(step.id);
        const status = mark?.status ?? "unreached";
        const words = (
          <>
            <StateShape tone={TONES[status] ?? "idle"} size={10} />
            <span className="foreign">{step.id.startsWith(step.type) ? t(`workflows.stepNames.${step.type}`, { defaultValue: step.type }) : step.id}</span>
            <span className={classes.status}>
              {t(`workflows.status.${status}`)}
              {mark && mark.count > 1 && ` ×${mark.count}`}
            </span>
          </>
        );
        return (
          <li key={step.id} data-depth={Math.min(depth, 6)} data-status={status} title={stepSentence(step, t)}>
            {branch && <span className={classes.branch}>{t(`workflows.branches.${branch.name}`, { number: branch.number })}</span>}
            {mark ? (
              <button type="button" onClick={() => onGo(mark.first)}>
                {words}
              </button>
            ) : (
              <span className={classes.line}>{words}</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
