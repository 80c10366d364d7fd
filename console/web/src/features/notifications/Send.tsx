import { Button, Checkbox, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { Problem } from "../../ui/Problem";
import { MeshInput } from "../fleet/MeshInput";
import classes from "./Notifications.module.css";
import { type Channel, NOTIFICATIONS, SEVERITIES, type Severity } from "./queries";

/** Tell people something; leads to the message, where is seen what becomes of it. */
export function Send({ isOpen, onClose, channels }: { isOpen: boolean; onClose: () => void; channels: Channel[] }) {
  const { t } = useTranslation();
  return (
    <Dialog opened={isOpen} onClose={onClose} title={t("notifications.send")}>
      <SendForm channels={channels.filter((one) => one.enabled)} />
    </Dialog>
  );
}

function SendForm({ channels }: { channels: Channel[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const [severity, setSeverity] = useState<Severity>("info");
  const [chosen, setChosen] = useState<string[]>([]);
  const [user, setUser] = useState("");
  const [mesh, setMesh] = useState("");
  const [error, setError] = useState<unknown>();
  /** The same for every try of this form: sent twice, it is told once. */
  const [key] = useState(() => `console ${crypto.randomUUID()}`);

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    const body = { title, text: text || null, severity, channels: chosen, user_id: user.trim() || null, mesh_id: mesh.trim() || null, key, data: {}, is_urgent: true };
    try {
      const sent = await read(api.POST("/api/v1/notifications", { body }));
      await queries.invalidateQueries({ queryKey: NOTIFICATIONS });
      await navigate({ to: "/notifications/$id", params: { id: String(sent.id) } });
    } catch (problem) {
      setError(problem);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput label={t("notifications.what")} value={title} onChange={(event) => setTitle(event.target.value)} maxLength={300} required data-autofocus />
        <Textarea label={t("notifications.text")} description={t("notifications.textHint")} value={text} onChange={(event) => setText(event.target.value)} autosize minRows={2} maxRows={8} />
        <NativeSelect label={t("notifications.severity")} value={severity} onChange={(event) => setSeverity(event.target.value as Severity)} data={SEVERITIES.map((value) => ({ value, label: t(`notifications.severities.${value}`) }))} />
        <Checkbox.Group label={t("notifications.where")} description={t("notifications.whereHint")} value={chosen} onChange={setChosen}>
          <div className={classes.choices}>
            {channels.map((one) => (
              <Checkbox key={one.name} value={one.name} label={one.name} />
            ))}
          </div>
        </Checkbox.Group>
        <details className={classes.more}>
          <summary>{t("notifications.more")}</summary>
          <Stack>
            <TextInput label={t("notifications.user")} description={t("notifications.userHint")} value={user} onChange={(event) => setUser(event.target.value)} />
            <MeshInput label={t("notifications.mesh")} description={t("notifications.meshHint")} value={mesh} onChange={setMesh} />
          </Stack>
        </details>
        {error !== undefined && <Problem error={error} />}
        <Button type="submit">{t("notifications.sendIt")}</Button>
      </Stack>
    </form>
  );
}
