import { Button, Group } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { memo, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { worded } from "../../i18n/worded";
import { Problem } from "../../ui/Problem";
import { StateShape } from "../../ui/StateMark";
import { BackTest } from "./BackTest";
import { DryRun } from "./DryRun";
import { Outline } from "./Outline";
import { checkQuery, type Definition, type Document } from "./queries";
import { parse, type Placed, placed } from "./yaml";
import classes from "./Workflows.module.css";

/** How long typing rests before it is checked, in milliseconds. */
const REST = 300;

interface EditorProps {
  text: string;
  onChange: (text: string) => void;
  /** Rejects with what is wrong. */
  onSave: (document: Document) => Promise<void>;
  onClose: () => void;
  children?: React.ReactNode;
}

/** A definition as YAML: what is wrong is said at its line while one types, and what it would do beside it. */
export function Editor({ text, onChange, onSave, onClose, children }: EditorProps) {
  const { t } = useTranslation();
  const area = useRef<HTMLTextAreaElement>(null);
  const [settled] = useDebouncedValue(text, REST);
  const parsed = useMemo(() => parse(settled, t("workflows.notAnObject")), [settled, t]);
  const check = useQuery({ ...checkQuery(parsed.document), placeholderData: keepPreviousData });
  const [error, setError] = useState<unknown>();
  const [isSaving, setSaving] = useState(false);
  const isCurrent = settled === text && !check.isFetching && !check.isPlaceholderData;
  const problems = useMemo(() => (parsed.document ? placed(check.data?.problems ?? [], parsed) : parsed.problems), [parsed, check.data]);
  const warnings = useMemo(() => (parsed.document ? placed(check.data?.warnings ?? [], parsed) : []), [parsed, check.data]);
  const isValid = parsed.document !== undefined && check.data?.valid === true;

  async function save(event: React.FormEvent) {
    event.preventDefault();
    if (!parsed.document || !isValid || !isCurrent) return;
    setError(undefined);
    setSaving(true);
    try {
      await onSave(parsed.document);
    } catch (problem) {
      setError(problem);
    }
    setSaving(false);
  }

  return (
    <form className={classes.editor} onSubmit={(event) => void save(event)} onKeyDown={(event) => event.key === "s" && (event.ctrlKey || event.metaKey) && (event.preventDefault(), event.currentTarget.requestSubmit())}>
      <Lines area={area} text={text} onChange={onChange} problems={problems} warnings={warnings} />
      <div className={classes.beside} aria-live="polite">
        <Findings problems={problems} warnings={warnings} isValid={isValid && isCurrent} onGo={(line) => goTo(area.current, line)} />
        {(error !== undefined || check.error) && <Problem error={error ?? check.error} />}
        {children}
        <Group>
          <Button type="submit" disabled={!isValid || !isCurrent || isSaving}>
            {t("workflows.save")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common.back")}
          </Button>
        </Group>
        {check.data?.document && isValid && (
          <details open>
            <summary>{t("workflows.inWords")}</summary>
            <Outline document={check.data.document as unknown as Definition} />
          </details>
        )}
        {isValid && parsed.document && (
          <>
            <details>
              <summary>{t("workflows.try")}</summary>
              <DryRun document={parsed.document} triggers={(check.data?.document as unknown as Definition | null)?.triggers ?? []} />
            </details>
            <details>
              <summary>{t("workflows.backTest")}</summary>
              <BackTest document={parsed.document} />
            </details>
          </>
        )}
      </div>
    </form>
  );
}

/** Put the cursor at the beginning of a line. */
function goTo(area: HTMLTextAreaElement | null, line: number) {
  if (!area || line < 1) return;
  const start = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const end = area.value.indexOf("\n", start);
  area.focus();
  area.setSelectionRange(start, end < 0 ? area.value.length : end);
}

/** The text with the numbers of its lines; those on which something is wrong are marked. */
function Lines({ area, text, onChange, problems, warnings }: { area: React.RefObject<HTMLTextAreaElement | null>; text: string; onChange: (text: string) => void; problems: Placed[]; warnings: Placed[] }) {
  const { t } = useTranslation();
  const id = useId();
  const count = text.split("\n").length;
  // Tab indents; Escape before it leaves the field, as those need who have only keys.
  const [isLeaving, setLeaving] = useState(false);
  const keys = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") setLeaving(true);
    else if (event.key === "Tab" && !event.shiftKey && !isLeaving) {
      event.preventDefault();
      document.execCommand("insertText", false, "  ");
    } else setLeaving(false);
  };
  return (
    <div>
      <label htmlFor={id} className={classes.label}>
        {t("workflows.yaml")} <span className={classes.faint}>{t("workflows.yamlKeys")}</span>
      </label>
      <div className={classes.sheet}>
        <Gutter count={count} problems={problems} warnings={warnings} />
        <textarea id={id} ref={area} className={classes.text} rows={Math.max(count, 12)} value={text} onChange={(event) => onChange(event.target.value)} onKeyDown={keys} onBlur={() => setLeaving(false)} spellCheck={false} autoCapitalize="off" autoComplete="off" wrap="off" aria-invalid={problems.length > 0} />
      </div>
    </div>
  );
}

/** The numbers of lines; only other counts and findings draw them anew, not each key. */
const Gutter = memo(function Gutter({ count, problems, warnings }: { count: number; problems: Placed[]; warnings: Placed[] }) {
  const wrong = new Set(problems.map(({ line }) => line));
  const odd = new Set(warnings.map(({ line }) => line));
  return (
    <div className={classes.gutter} aria-hidden>
      {Array.from({ length: count }, (_, index) => (
        <span key={index} data-wrong={wrong.has(index + 1) || undefined} data-odd={odd.has(index + 1) || undefined}>
          {index + 1}
        </span>
      ))}
    </div>
  );
});

function Findings({ problems, warnings, isValid, onGo }: { problems: Placed[]; warnings: Placed[]; isValid: boolean; onGo: (line: number) => void }) {
  const { t } = useTranslation();
  const all = [...problems.map((one) => ({ ...one, tone: "bad" as const })), ...warnings.map((one) => ({ ...one, tone: "warn" as const }))];
  return (
    <>
      {isValid && (
        <p className={classes.fine}>
          <StateShape tone="ok" size={12} /> {t("workflows.valid")}
        </p>
      )}
      {all.length > 0 && (
        <ul className={classes.findings} aria-label={t("workflows.problems")}>
          {all.map((one, index) => (
            <li key={index}>
              <StateShape tone={one.tone} size={12} />
              <span className="foreign">
                {one.line > 0 && (
                  <button type="button" onClick={() => onGo(one.line)}>
                    {t("workflows.line", { number: one.line })}
                  </button>
                )}{" "}
                {one.place && <span className="mono">{one.place}</span>} {worded(one.message)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
