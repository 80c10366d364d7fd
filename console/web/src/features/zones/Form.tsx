import { Button, Checkbox, Group, Radio, Stack, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError } from "../../api/client";
import { said } from "../../ui/confirm";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Draft, definitionOf, draftOf, isWrong, type Wrong } from "./draft";
import { type Seen, ZONES, zoneQuery } from "./queries";
import type { Shape } from "./shape";
import classes from "./Zones.module.css";

const CHANGED_MEANWHILE = 412;

interface FormProps {
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
  /** What is typed or drawn, or what is wrong with it. */
  shape: Shape | Wrong;
  /** What is edited; none: a new one. */
  seen?: Seen;
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** All of a zone as text: what is drawn stands here, and what is typed here is drawn. */
export function ZoneForm({ draft, change, shape, seen, onClose, onSaved }: FormProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>();
  const [isTried, setTried] = useState(false);
  /** What somebody else has saved meanwhile. */
  const [theirs, setTheirs] = useState<Seen>();
  const [tag, setTag] = useState(seen?.tag ?? "");
  const bind = (field: keyof Draft) => ({ value: String(draft[field]), onChange: (event: { currentTarget: { value: string } }) => change({ [field]: event.currentTarget.value }) });
  const wrong = isTried && isWrong(shape) ? t(`zones.wrong.${shape.key}`, { ...shape }) : undefined;
  const wrongIn = (...keys: Wrong["key"][]) => (isWrong(shape) && keys.includes(shape.key) ? wrong : undefined);

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    setError(undefined);
    if (isWrong(shape)) return;
    const definition = definitionOf(draft, shape);
    const name = seen?.zone.name ?? draft.name.trim();
    try {
      if (seen) await api.PUT("/api/v1/station/zones/{name}", { params: { path: { name }, header: { "if-match": tag } }, body: definition });
      else await api.POST("/api/v1/station/zones", { body: { name, ...definition } });
      said(t("zones.did.save", { names: name }));
      await queries.invalidateQueries({ queryKey: ZONES });
      onSaved(name);
    } catch (problem) {
      if (seen && problem instanceof ApiError && problem.status === CHANGED_MEANWHILE) setTheirs(await queries.fetchQuery({ ...zoneQuery(name), staleTime: 0 }));
      else setError(problem);
    }
  }

  const title = seen ? t("zones.editTitle", { name: seen.zone.name }) : t("zones.add");
  const form = useRef<HTMLFormElement>(null);
  // The button that has opened it is gone: keys go on from here.
  useEffect(() => form.current?.focus({ preventScroll: true }), []);

  function choose(newest: Seen, isTheirs: boolean) {
    setTag(newest.tag);
    setTheirs(undefined);
    if (isTheirs) change(draftOf(newest.zone));
  }

  return (
    <Section title={title}>
      <form ref={form} tabIndex={-1} className={classes.form} aria-label={title} onSubmit={(event) => void submit(event)}>
        <Stack>
          {!seen && <TextInput label={t("zones.name")} {...bind("name")} maxLength={64} required autoComplete="off" />}
          <Radio.Group label={t("zones.shape")} value={draft.kind} onChange={(kind) => change({ kind: kind as Shape["kind"] })}>
            <Group>
              <Radio value="circle" label={t("zones.kinds.circle")} />
              <Radio value="polygon" label={t("zones.kinds.polygon")} />
            </Group>
          </Radio.Group>
          {draft.kind === "circle" ? (
            <div className={classes.triple}>
              <TextInput label={t("zones.latitude")} inputMode="decimal" {...bind("latitude")} error={wrongIn("latitude")} />
              <TextInput label={t("zones.longitude")} inputMode="decimal" {...bind("longitude")} error={wrongIn("longitude")} />
              <TextInput label={t("zones.radius")} inputMode="decimal" {...bind("radius")} error={wrongIn("radius")} />
            </div>
          ) : (
            <Textarea label={t("zones.points")} description={t("zones.pointsHint")} classNames={{ input: "mono" }} {...bind("points")} error={wrongIn("point", "fewPoints", "manyPoints")} autosize minRows={4} maxRows={10} spellCheck={false} />
          )}
          <TextInput label={t("zones.description")} {...bind("description")} maxLength={500} />
          <details className={classes.more}>
            <summary>{t("zones.more")}</summary>
            <Stack>
              <TextInput type="number" min={0} step="any" label={t("zones.hysteresisLong")} description={t("zones.hysteresisHint")} {...bind("hysteresis")} />
              <TextInput type="number" min={0} step="any" label={t("zones.dwellLong")} description={t("zones.dwellHint")} {...bind("dwell")} />
              <Checkbox label={t("zones.enabled")} checked={draft.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
            </Stack>
          </details>
          {theirs && (
            <div className={classes.conflict} role="alert">
              <p>{t("zones.conflict", { by: theirs.zone.updated_by })}</p>
              <Group gap="xs">
                <Button size="compact-sm" variant="default" onClick={() => choose(theirs, true)}>
                  {t("zones.takeTheirs")}
                </Button>
                <Button size="compact-sm" variant="default" onClick={() => choose(theirs, false)}>
                  {t("zones.keepMine")}
                </Button>
              </Group>
            </div>
          )}
          {error !== undefined && <Problem error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit">{t(seen ? "zones.save" : "zones.addIt")}</Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
