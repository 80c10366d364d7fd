import { Button, Checkbox, Modal, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Problem } from "../../ui/Problem";
import { actionsQuery, JOBS } from "./queries";

/** A new job: the fields that its action declares to need. */
export function Submit({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={isOpen} onClose={onClose} title={t("jobs.submit")}>
      <SubmitForm onClose={onClose} />
    </Modal>
  );
}

function SubmitForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const actions = useQuery(actionsQuery);
  const [chosen, setChosen] = useState<string>();
  const [mesh, setMesh] = useState("");
  const [items, setItems] = useState("");
  const [data, setData] = useState("");
  const [isDry, setDry] = useState(false);
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
            data: data.trim() ? (JSON.parse(data) as Record<string, unknown>) : {},
            dry_run: isDry,
          },
        }),
      );
      await queries.invalidateQueries({ queryKey: JOBS });
      onClose();
      await navigate({ to: "/jobs/$id", params: { id: String(job.job_id) } });
    } catch (problem) {
      setError(problem instanceof SyntaxError ? new Error(t("jobs.dataWrong")) : problem);
    }
  }

  if (actions.error) return <Problem error={actions.error} onRetry={() => void actions.refetch()} />;
  if (actions.data && !action) return <p>{t("jobs.noActions")}</p>;
  if (!action) return null;
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <NativeSelect label={t("jobs.action")} data={actions.data!.actions.map((one) => one.name)} value={action.name} onChange={(event) => setChosen(event.target.value)} data-autofocus />
        {action.needs_mesh && <TextInput label={t("jobs.mesh")} value={mesh} onChange={(event) => setMesh(event.target.value)} required />}
        <Textarea label={t("jobs.items")} description={t("jobs.itemsHint")} value={items} onChange={(event) => setItems(event.target.value)} autosize minRows={2} maxRows={8} />
        <Textarea label={t("jobs.data")} description={t("jobs.dataHint")} value={data} onChange={(event) => setData(event.target.value)} autosize minRows={2} maxRows={8} />
        {action.dry_run && <Checkbox label={t("jobs.dryRun")} checked={isDry} onChange={(event) => setDry(event.target.checked)} />}
        {error !== undefined && <Problem error={error} />}
        <Button type="submit">{t("jobs.submit")}</Button>
      </Stack>
    </form>
  );
}
