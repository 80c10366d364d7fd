import { Button, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { said } from "../../ui/confirm";
import { Problem } from "../../ui/Problem";
import { useDraft } from "../../ui/useDraft";
import classes from "./Alerts.module.css";
import { ALERTS, SEVERITIES, type Severity } from "./queries";

/** Have somebody take care of something; leads to the alert. */
export function Add({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog opened={isOpen} onClose={onClose} title={t("alerts.add")}>
      <AddForm />
    </Dialog>
  );
}

const EMPTY = { title: "", message: "", severity: "warning", dedup_key: "", user_id: "", zone: "", mesh_id: "" };
type Field = keyof typeof EMPTY;

function AddForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [draft, setDraft, forget] = useDraft("alerts.add", EMPTY);
  const [error, setError] = useState<unknown>();
  /** The same for every try of this form: sent twice, it is one alert. */
  const [key] = useState(() => `console ${crypto.randomUUID()}`);
  const bind = (field: Field) => ({ value: draft[field], onChange: (event: { currentTarget: { value: string } }) => put(field, event.currentTarget.value) });
  const put = (field: Field, value: string) => setDraft((before) => ({ ...before, [field]: value }));

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    const filled = (field: Field) => draft[field].trim() || null;
    const body = {
      title: draft.title.trim(),
      message: draft.message.trim(),
      severity: draft.severity as Severity,
      source: "operator",
      dedup_key: filled("dedup_key"),
      user_id: filled("user_id"),
      zone: filled("zone"),
      mesh_id: filled("mesh_id"),
    };
    try {
      const made = await read(api.POST("/api/v1/station/alerts", { body, params: { header: { "Idempotency-Key": key } } }));
      forget();
      if (made.outcome === "counted") said(t("alerts.counted", { number: made.id, count: made.count }));
      await queries.invalidateQueries({ queryKey: ALERTS });
      await navigate({ to: "/alerts/$id", params: { id: String(made.id) } });
    } catch (problem) {
      setError(problem);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput label={t("alerts.what")} {...bind("title")} maxLength={200} required data-autofocus />
        <Textarea label={t("alerts.message")} description={t("alerts.messageHint")} {...bind("message")} maxLength={4000} autosize minRows={2} maxRows={8} />
        <NativeSelect label={t("alerts.severity")} {...bind("severity")} data={SEVERITIES.map((value) => ({ value, label: t(`alerts.severities.${value}`) }))} />
        <details className={classes.more}>
          <summary>{t("alerts.more")}</summary>
          <Stack>
            <TextInput label={t("alerts.key")} description={t("alerts.keyHint")} {...bind("dedup_key")} />
            <TextInput label={t("alerts.user")} {...bind("user_id")} />
            <TextInput label={t("alerts.zone")} {...bind("zone")} />
            <TextInput label={t("alerts.mesh")} {...bind("mesh_id")} />
          </Stack>
        </details>
        {error !== undefined && <Problem error={error} />}
        <Button type="submit">{t("alerts.add")}</Button>
      </Stack>
    </form>
  );
}
