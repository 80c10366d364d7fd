import { Button, Checkbox, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, read } from "../../api/client";
import { worded } from "../../i18n/worded";
import { Dialog } from "../../ui/Dialog";
import { InputField } from "../../ui/InputField";
import { initial, valuesOf } from "../../ui/inputs";
import { Problem } from "../../ui/Problem";
import { useDraft } from "../../ui/useDraft";
import { MeshInput } from "../fleet/MeshInput";
import { actionsQuery, JOBS, type Action } from "./queries";

const EMPTY = { chosen: "", mesh: "", items: "", data: "", inputs: {} as Record<string, Record<string, string>>, priority: "", isDry: false };
const PRIORITIES = ["1", "2", "3", "4", "5"] as const;

/** A new job: the fields that its action declares. */
export function Submit({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog opened={isOpen} onClose={onClose} title={t("jobs.submit")}>
      <SubmitForm onClose={onClose} />
    </Dialog>
  );
}

function SubmitForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const actions = useQuery(actionsQuery);
  const [draft, setDraft, forget] = useDraft("jobs.submit", EMPTY);
  const { chosen, mesh, items, priority, isDry } = draft;
  const set = (changed: Partial<typeof EMPTY>) => setDraft((before) => ({ ...before, ...changed }));
  const [error, setError] = useState<unknown>();
  /** The same for every try of this form: sent twice, it is one job. */
  const [key] = useState(() => crypto.randomUUID());
  const action = actions.data?.actions.find((one) => one.name === chosen) ?? actions.data?.actions[0];
  const texts = { ...initial(action?.inputs ?? {}), ...draft.inputs?.[action?.name ?? ""] };

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    if (!action) return;
    setError(undefined);
    try {
      const job = await read(
        api.POST("/api/v1/jobs", {
          params: { header: { "Idempotency-Key": key } },
          body: {
            action: action.name,
            mesh_id: action.needs_mesh ? mesh : "-",
            items: action.items !== "" && items.trim() ? items.split(/[\s,]+/).filter(Boolean) : null,
            priority: priority ? Number(priority) : null,
            data: action.inputs ? valuesOf(action.inputs, texts, t) : objectOf(draft.data),
            dry_run: action.dry_run && isDry,
          },
        }),
      );
      await queries.invalidateQueries({ queryKey: JOBS });
      forget();
      onClose();
      await navigate({ to: "/jobs/$id", params: { id: String(job.job_id) } });
    } catch (problem) {
      setError(problem instanceof SyntaxError ? new Error(t("jobs.dataWrong")) : problem);
    }
  }

  if (actions.error && !actions.data) return <Problem error={actions.error} onRetry={() => void actions.refetch()} />;
  if (actions.data && !action) return <p>{t("jobs.noActions")}</p>;
  if (!action) return null;
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <NativeSelect label={t("jobs.action")} data={actions.data!.actions.map((one) => one.name)} value={action.name} onChange={(event) => set({ chosen: event.target.value })} data-autofocus />
        {action.description && (
          <Text size="sm" className="foreign">
            {worded(action.description)}
          </Text>
        )}
        {action.needs_mesh && <MeshInput label={t("jobs.mesh")} value={mesh} onChange={(value) => set({ mesh: value })} required />}
        {action.items !== "" && (
          <Textarea
            label={t("jobs.items")}
            description={[worded(action.items ?? "").replace(/\.$/, ""), t("jobs.itemsHint")].filter(Boolean).join(". ")}
            value={items}
            onChange={(event) => set({ items: event.target.value })}
            autosize
            minRows={2}
            maxRows={8}
          />
        )}
        <Data
          action={action}
          texts={texts}
          data={draft.data}
          error={error}
          onText={(name, text) => set({ inputs: { ...draft.inputs, [action.name]: { ...texts, [name]: text } } })}
          onData={(text) => set({ data: text })}
        />
        <NativeSelect
          label={t("jobs.priority")}
          value={priority}
          onChange={(event) => set({ priority: event.target.value })}
          data={[{ value: "", label: t("jobs.priorityOfAction", { priority: action.priority }) }, ...PRIORITIES.map((value) => ({ value, label: t(`jobs.priorities.${value}`) }))]}
        />
        {action.dry_run && <Checkbox label={t("jobs.dryRun")} checked={isDry} onChange={(event) => set({ isDry: event.target.checked })} />}
        {error !== undefined && !isOfInput(action, error) && <Problem error={error} />}
        <Button type="submit">{t("jobs.submit")}</Button>
      </Stack>
    </form>
  );
}

interface DataProps {
  action: Action;
  texts: Record<string, string>;
  data: string;
  error: unknown;
  onText: (name: string, text: string) => void;
  onData: (text: string) => void;
}

/** A field for each input that the action declares; for one that declares nothing a box for JSON. */
function Data({ action, texts, data, error, onText, onData }: DataProps) {
  const { t } = useTranslation();
  if (!action.inputs)
    return <Textarea label={t("jobs.data")} description={t("jobs.dataHint")} value={data} onChange={(event) => onData(event.target.value)} autosize minRows={2} maxRows={8} />;
  return Object.entries(action.inputs).map(([name, input]) => (
    <InputField
      key={`${action.name} ${name}`}
      name={name}
      input={input}
      value={texts[name] ?? ""}
      error={isOf(name, error) ? error.message : undefined}
      onChange={(text) => onText(name, text)}
    />
  ));
}

function isOf(input: string, error: unknown): error is ApiError {
  return error instanceof ApiError && error.field === `data.${input}`;
}

function isOfInput(action: Action, error: unknown): boolean {
  return Object.keys(action.inputs ?? {}).some((name) => isOf(name, error));
}

function objectOf(text: string): Record<string, unknown> {
  return text.trim() ? (JSON.parse(text) as Record<string, unknown>) : {};
}
