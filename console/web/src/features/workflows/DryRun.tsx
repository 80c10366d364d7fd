import { Button, NativeSelect, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { worded } from "../../i18n/worded";
import { inWords } from "../../ui/format";
import { Problem } from "../../ui/Problem";
import { StateMark, StateShape } from "../../ui/StateMark";
import { kindsOf, recentQuery, sample } from "./events";
import { type Document, TONES, type Trigger } from "./queries";
import classes from "./Workflows.module.css";

type Planned = components["schemas"]["DryRun"];

const BY_HAND = "";

/** What it would do at a sample, at an event that was recorded, or by hand; nothing is done. */
export function DryRun({ workflow, document, triggers, at: first }: { /** The one that is saved, or */ workflow?: string; /** one that is not. */ document?: Document; triggers: readonly Trigger[]; /** The recorded event that is chosen at first. */ at?: number }) {
  const { t } = useTranslation();
  const kinds = kindsOf(triggers).filter((kind) => !kind.includes("*"));
  const recent = useQuery(recentQuery(kindsOf(triggers)));
  const [chosen, setChosen] = useState(first ? `#${first}` : undefined);
  const source = chosen ?? kinds[0] ?? BY_HAND;
  const [texts, setTexts] = useState<Record<string, string>>({});
  const text = texts[source] ?? JSON.stringify(source === BY_HAND ? {} : sample(source), null, 2);
  const [planned, setPlanned] = useState<Planned>();
  const [error, setError] = useState<unknown>();
  const isRecorded = source.startsWith("#");

  async function tryIt() {
    setError(undefined);
    try {
      const given = isRecorded ? {} : (JSON.parse(text) as Record<string, unknown>);
      const at = isRecorded ? { seq: Number(source.slice(1)) } : source === BY_HAND ? { inputs: given } : { event: given };
      setPlanned(await read(api.POST("/api/processes/dry-run", { body: { workflow: workflow ?? null, document: document ?? null, inputs: {}, ...at } })));
    } catch (problem) {
      setPlanned(undefined);
      setError(problem instanceof SyntaxError ? new Error(t("workflows.notJson", { name: t("workflows.sample") })) : problem);
    }
  }

  const isAmong = !first || (recent.data ?? []).some(({ seq }) => seq === first);
  const choices = [
    ...(isAmong ? [] : [{ value: `#${first}`, label: `#${first}` }]),
    ...kinds.map((kind) => ({ value: kind, label: t("workflows.sampleOf", { kind }) })),
    ...(recent.data ?? []).map((event) => ({ value: `#${event.seq}`, label: `${event.kind} #${event.seq} ${event.subject ?? ""}` })),
    { value: BY_HAND, label: t("workflows.byHandNow") },
  ];
  return (
    <div className={classes.dry}>
      <p className={classes.faint}>{t("workflows.tryBody")}</p>
      <NativeSelect label={t("workflows.tryAt")} value={source} onChange={(event) => setChosen(event.currentTarget.value)} data={choices} />
      {!isRecorded && <Textarea label={t(source === BY_HAND ? "workflows.inputs" : "workflows.sample")} classNames={{ input: "mono" }} value={text} onChange={(event) => setTexts({ ...texts, [source]: event.currentTarget.value })} autosize minRows={2} maxRows={14} spellCheck={false} />}
      <Button variant="default" className={classes.older} onClick={() => void tryIt()}>
        {t("workflows.tryIt")}
      </Button>
      {error !== undefined && <Problem error={error} />}
      {planned && <Result planned={planned} />}
    </div>
  );
}

function Result({ planned }: { planned: Planned }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <p className="foreign">
        <StateMark tone={planned.matches ? "ok" : "idle"}>{t(planned.matches ? "workflows.wouldRun" : "workflows.wouldNotRun")}</StateMark> {worded(planned.reason)}
      </p>
      <ol className={classes.timeline} aria-label={t("workflows.planned")}>
        {planned.steps.map((step, index) => (
          <li key={index}>
            <StateShape tone={TONES[step.status] ?? "idle"} size={12} />
            <span className="foreign">
              <strong>{step.step}</strong> {t(`workflows.stepNames.${step.type}`, { defaultValue: step.type })} <span className={classes.faint}>{inWords(step.input)}</span>
              {step.error_message && ` ${worded(step.error_message)}`}
            </span>
          </li>
        ))}
      </ol>
      {planned.error_message && <Problem error={new Error(planned.error_message)} />}
    </div>
  );
}
