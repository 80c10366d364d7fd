import { Button, Checkbox, NativeSelect, Stack, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { Problem } from "../../ui/Problem";
import { useDraft } from "../../ui/useDraft";
import { MeshInput } from "../fleet/MeshInput";
import { actionsQuery, JOBS } from "./queries";

const EMPTY = { chosen: "", mesh: "", items: "", data: "", priority: "", isDry: false };
const PRIORITIES = ["1", "2", "3", "4", "5"] as const;

/** A new job: the fields that its action declares to need. */
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
  const { chosen, mesh, items, data, priority, isDry } = draft;
  const set = (changed: Partial<typeof EMPTY>) => setDraft((before) => ({ ...before, ...changed }));
  const [error, setError] = useState<unknown>();
  /** The same for every try of this form: sent twice, it is one job. */
  const [key] = useState(() => crypto.randomUUID());
  const action = actions.data?.actions.find((one) => one.name === chosen) ?? actions.data?.actions[0];

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
            items: items.trim() ? items.split(/[\s,]+/).filter(Boolean) : null,
            priority: priority ? Number(priority) : null,
            data: data.trim() ? (JSON.parse(data) as Record<string, unknown>) : {},
            dry_run: isDry,
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
        {action.needs_mesh && <MeshInput label={t("jobs.mesh")} value={mesh} onChange={(value) => set({ mesh: value })} required />}
        <Textarea label={t("jobs.items")} description={t("jobs.itemsHint")} value={items} onChange={(event) => set({ items: event.target.value })} autosize minRows={2} maxRows={8} />
        <Textarea label={t("jobs.data")} description={t("jobs.dataHint")} value={data} onChange={(event) => set({ data: event.target.value })} autosize minRows={2} maxRows={8} />
        <NativeSelect
          label={t("jobs.priority")}
          value={priority}
          onChange={(event) => set({ priority: event.target.value })}
          data={[{ value: "", label: t("jobs.priorityOfAction", { priority: action.priority }) }, ...PRIORITIES.map((value) => ({ value, label: t(`jobs.priorities.${value}`) }))]}
        />
        {action.dry_run && <Checkbox label={t("jobs.dryRun")} checked={isDry} onChange={(event) => set({ isDry: event.target.checked })} />}
        {error !== undefined && <Problem error={error} />}
        <Button type="submit">{t("jobs.submit")}</Button>
      </Stack>
    </form>
  );
}
