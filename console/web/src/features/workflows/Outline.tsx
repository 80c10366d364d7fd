import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { useCronWords } from "../../ui/cron";
import { inSentence, running, stepConditions, stepSentence, triggerSentence } from "./sentences";
import type { Definition, Step, Trigger } from "./queries";
import classes from "./Workflows.module.css";

/** What a workflow does, to be read: when, if, then. */
export function Outline({ document }: { document: Definition }) {
  const { t } = useTranslation();
  const how = running(document, t);
  return (
    <div className={`${classes.outline} foreign`}>
      <Part title={t("workflows.when")}>
        {document.triggers.map((trigger, index) => (
          <When key={index} trigger={trigger} isFirst={index === 0} />
        ))}
        {document.triggers.every(({ type }) => type === "manual") && document.triggers.length === 0 && <li>{t("workflows.byHand")}</li>}
      </Part>
      {document.when && (
        <Part title={t("workflows.ifTitle")}>
          <li>{inSentence(document.when, t)}</li>
        </Part>
      )}
      <section>
        <h2>{t("workflows.then")}</h2>
        <Steps steps={document.steps} />
      </section>
      {document.on_failure && document.on_failure.length > 0 && (
        <section>
          <h2>{t("workflows.whenFails")}</h2>
          <Steps steps={document.on_failure} />
        </section>
      )}
      {how.length > 0 && (
        <Part title={t("workflows.howTitle")}>
          {how.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </Part>
      )}
    </div>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

function When({ trigger, isFirst }: { trigger: Trigger; isFirst: boolean }) {
  const { t } = useTranslation();
  const words = useCronWords();
  const cron = trigger.type === "time_schedule" ? String(trigger.config?.cron ?? "") : "";
  const sentence = cron ? t("workflows.atTime", { time: words(cron, cron), zone: trigger.config?.timezone ?? "UTC" }) : triggerSentence(trigger, t);
  return (
    <li>
      {!isFirst && `${t("workflows.or")} `}
      {sentence}
      {trigger.when && <span className={classes.condition}>{t("workflows.andIf", { condition: inSentence(trigger.when, t) })}</span>}
      {trigger.is_active === false && <span className={classes.faint}> {t("workflows.off")}</span>}
    </li>
  );
}

function Steps({ steps }: { steps: readonly Step[] }) {
  const { t } = useTranslation();
  return (
    <ol>
      {steps.map((step) => {
        const more = stepConditions(step, t);
        return (
          <li key={step.id}>
            <span>{stepSentence(step, t)}</span> {!step.id.startsWith(step.type) && <span className={classes.id}>{step.id}</span>}
            {more.length > 0 && <span className={classes.condition}>{more.join("; ")}</span>}
            {step.then && <Steps steps={step.then} />}
            {step.else && step.else.length > 0 && (
              <>
                <p className={classes.word}>{t("workflows.else")}</p>
                <Steps steps={step.else} />
              </>
            )}
            {step.steps && <Steps steps={step.steps} />}
            {step.branches?.map((branch, index) => (
              <Fragment key={index}>
                <p className={classes.word}>{t("workflows.branch", { number: index + 1 })}</p>
                <Steps steps={branch} />
              </Fragment>
            ))}
            {Array.isArray(step.on_failure) && (
              <>
                <p className={classes.word}>{t("workflows.ifItFails")}</p>
                <Steps steps={step.on_failure} />
              </>
            )}
          </li>
        );
      })}
    </ol>
  );
}
