import { Autocomplete, Button, NativeSelect, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, read } from "../../api/client";
import { Problem } from "../../ui/Problem";
import { MOST_ZONES, ZONES } from "../../ui/zones";
import { said } from "../../ui/confirm";
import { useDraft } from "../../ui/useDraft";
import { actionsQuery } from "../jobs/queries";
import { changesOf, definitionOf, type Draft, draftOf, EMPTY, type Key, KEYS, merged, MISFIRES, OVERLAPS } from "./draft";
import { MeshInput } from "../fleet/MeshInput";
import { Conflict } from "./Conflict";
import { carriedOver } from "./data";
import { DataFields, JsonField } from "./DataFields";
import { Meaning } from "./Meaning";
import { type Definition, SCHEDULES, scheduleQuery, type Seen } from "./queries";
import classes from "./Schedules.module.css";

const CHANGED_MEANWHILE = 412;

/** The fields of a schedule; while one types they say what it would mean. */
export function Form({ seen, onClose }: { seen?: Seen; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const actions = useQuery({ ...actionsQuery, retry: false });
  const known = useQuery({ queryKey: [...SCHEDULES, "names"], queryFn: () => read(api.GET("/api/v1/schedules")) });
  /** What was seen when one began; what comes in meanwhile changes nothing under the hands. */
  const [base, setBase] = useState({ draft: seen ? draftOf(seen.report.definition ?? {}) : EMPTY, tag: seen?.tag ?? "" });
  /** Of a new one; changes of one that there is depend on what was seen of it. */
  const [kept, setKept, forget] = useDraft<Draft>("schedules.add", EMPTY);
  const [edited, setEdited] = useState<Draft>(base.draft);
  const [draft, setDraft] = seen ? [edited, setEdited] : [kept, setKept];
  const [theirs, setTheirs] = useState<{ mine: Draft; newest: Draft; keys: Key[] }>();
  const [error, setError] = useState<unknown>();
  /** Whether the field of the action was left: who still types is not yet wrong. */
  const [isLeft, setLeft] = useState(seen !== undefined);
  const name = seen?.report.name;

  const set = (key: Key) => (event: { currentTarget: { value: string } }) => put(key, event.currentTarget.value);
  function put(key: Key, value: string) {
    setError(undefined);
    setDraft((before) => ({ ...before, [key]: value }));
  }

  function inputsOf(action: string) {
    return actions.data?.actions.find((one) => one.name === action)?.inputs;
  }

  function choose(action: string) {
    put("action", action);
    const asked = inputsOf(action);
    if (asked) put("data", carriedOver(asked, draft.data, t));
  }

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    try {
      if (name === undefined) await add(definitionOf(draft));
      else await edit(name, changesOf(draft, base.draft));
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === CHANGED_MEANWHILE) await compare();
      else setError(problem instanceof SyntaxError ? new Error(t("jobs.dataWrong")) : problem);
    }
  }

  async function add(definition: Definition) {
    const body = { name: draft.name, action: draft.action, ...definition };
    const made = await read(api.POST("/api/v1/schedules", { body }));
    said(t("schedules.added", { name: made.name }));
    forget();
    await queries.invalidateQueries({ queryKey: SCHEDULES });
    await navigate({ to: "/schedules/$name", params: { name: made.name } });
  }

  async function edit(name: string, changes: Definition) {
    if (Object.keys(changes).length > 0) {
      await api.PATCH("/api/v1/schedules/{name}", { params: { path: { name }, header: { "if-match": base.tag } }, body: changes });
      said(t("schedules.saved", { name }));
      await queries.invalidateQueries({ queryKey: SCHEDULES });
    }
    onClose();
  }

  /** Somebody else has saved: their values come in, what was typed here stays until somebody chooses. */
  async function compare() {
    const newest = await queries.fetchQuery({ ...scheduleQuery(name!), staleTime: 0 });
    const now = draftOf(newest.report.definition ?? {});
    setTheirs({ mine: draft, newest: now, keys: KEYS.filter((key) => now[key] !== base.draft[key] && now[key] !== draft[key]) });
    setDraft(merged(draft, base.draft, now));
    setBase({ draft: now, tag: newest.tag });
  }

  const others = (known.data?.schedules ?? []).map((one) => one.name).filter((one) => one !== name);
  const inputs = inputsOf(draft.action);
  const names = actions.data?.actions.map((one) => one.name) ?? [];
  // It may come with a plug-in later, so that this hinders nobody.
  const isUnknown = isLeft && actions.data !== undefined && draft.action !== "" && !names.includes(draft.action);
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        {name === undefined && <TextInput label={t("schedules.name")} description={t("schedules.nameHint")} value={draft.name} onChange={set("name")} required data-autofocus />}
        <div className={classes.pair}>
          <TextInput label={t("schedules.cron")} description={t("schedules.cronHint")} classNames={{ input: "mono" }} value={draft.cron} onChange={set("cron")} required={draft.after === ""} autoComplete="off" spellCheck={false} />
          <Autocomplete label={t("schedules.zone")} description={t("schedules.zoneHint")} data={ZONES} limit={MOST_ZONES} value={draft.timezone} onChange={(value) => put("timezone", value)} />
        </div>
        <TagsInput label={t("schedules.afterLong")} description={t("schedules.afterHint")} data={others} value={draft.after.split("\n").filter(Boolean)} onChange={(chosen) => put("after", chosen.join("\n"))} splitChars={[",", " "]} />
        <Meaning draft={draft} isQuiet={error !== undefined} />
        <div className={classes.pair}>
          <Autocomplete label={t("schedules.action")} description={t("schedules.actionHint")} data={names} value={draft.action} onChange={choose} onFocus={() => setLeft(false)} onBlur={() => setLeft(true)} error={isUnknown && t("schedules.noSuchAction")} required />
          <MeshInput label={t("jobs.mesh")} description={t("schedules.meshHint")} value={draft.mesh} onChange={(value) => put("mesh", value)} />
        </div>
        {inputs && <DataFields key={draft.action} inputs={inputs} data={draft.data} errorOf={(input) => errorOf(input, error)} onChange={(data) => put("data", data)} />}
        <NativeSelect label={t("schedules.overlapLong")} value={draft.overlap} onChange={set("overlap")} data={OVERLAPS.map((value) => ({ value, label: t(`schedules.overlaps.${value}`) }))} />
        <NativeSelect label={t("schedules.misfireLong")} value={draft.misfire} onChange={set("misfire")} data={MISFIRES.map((value) => ({ value, label: t(`schedules.misfires.${value}`) }))} />
        <details className={classes.more}>
          <summary>{t("schedules.more")}</summary>
          <Stack>
            <Textarea label={t("jobs.items")} description={t("jobs.itemsHint")} value={draft.items} onChange={set("items")} autosize minRows={1} maxRows={8} />
            {!inputs && <JsonField data={draft.data} onChange={(data) => put("data", data)} />}
            <div className={classes.pair}>
              <TextInput label={t("schedules.startDate")} description={t("schedules.dateHint")} value={draft.start_date} onChange={set("start_date")} />
              <TextInput label={t("schedules.endDate")} description={t("schedules.dateHint")} value={draft.end_date} onChange={set("end_date")} />
              <TextInput label={t("jobs.lane")} description={t("schedules.asAction")} value={draft.lane} onChange={set("lane")} />
              <NativeSelect label={t("jobs.priority")} description={t("schedules.asAction")} value={draft.priority} onChange={set("priority")} data={["", "1", "2", "3", "4", "5"]} />
              <TextInput type="number" min={0} step="any" label={t("schedules.timeout")} description={t("schedules.asAction")} value={draft.timeout} onChange={set("timeout")} />
              <TextInput type="number" min={0} label={t("schedules.retries")} description={t("schedules.asAction")} value={draft.retries} onChange={set("retries")} />
              <TextInput type="number" min={0} step="any" label={t("schedules.jitter")} description={t("schedules.jitterHint")} value={draft.jitter} onChange={set("jitter")} />
            </div>
          </Stack>
        </details>
        {theirs && <Conflict {...theirs} draft={draft} onChoose={put} />}
        {error !== undefined && <Problem error={error} />}
        <Button type="submit">{t(name === undefined ? "schedules.add" : "schedules.save")}</Button>
      </Stack>
    </form>
  );
}

/** What is wrong with an input of the action. */
function errorOf(input: string, error: unknown): string | undefined {
  return error instanceof ApiError && error.field === `data.${input}` ? error.message : undefined;
}
