import { Button, Stack, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { Problem } from "../../ui/Problem";
import { ofUser, USERS, type UserReport } from "./queries";

interface AddProps {
  isOpen: boolean;
  onClose: () => void;
  /** Whose name and note are changed; none: somebody new. */
  seen?: UserReport;
}

/** Register a user, or change what is known of one. */
export function AddUser({ isOpen, onClose, seen }: AddProps) {
  const { t } = useTranslation();
  return (
    <Dialog opened={isOpen} onClose={onClose} title={seen ? t("users.editTitle", { name: seen.name || seen.user_id }) : t("users.add")}>
      <Form seen={seen} onDone={onClose} />
    </Dialog>
  );
}

function Form({ seen, onDone }: { seen?: UserReport; onDone: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [id, setId] = useState("");
  const [name, setName] = useState(seen?.name ?? "");
  const [note, setNote] = useState(seen?.note ?? "");
  const [error, setError] = useState<unknown>();

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    const given = (value: string) => (seen ? value.trim() : value.trim() || null);
    try {
      const made = await read(api.PUT("/api/v1/station/users/{user_id}", { params: ofUser(seen?.user_id ?? id.trim()), body: { name: given(name), note: given(note), groups: [] } }));
      await queries.invalidateQueries({ queryKey: USERS });
      if (seen) onDone();
      else await navigate({ to: "/users/$id", params: { id: made.user_id } });
    } catch (problem) {
      setError(problem);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        {!seen && <TextInput label={t("users.id")} description={t("users.idHint")} value={id} onChange={(event) => setId(event.target.value)} maxLength={320} required data-autofocus />}
        <TextInput label={t("users.name")} value={name} onChange={(event) => setName(event.target.value)} maxLength={128} />
        <Textarea label={t("users.note")} value={note} onChange={(event) => setNote(event.target.value)} maxLength={500} autosize minRows={2} maxRows={6} />
        {error !== undefined && <Problem error={error} />}
        <Button type="submit">{t(seen ? "groups.save" : "users.add")}</Button>
      </Stack>
    </form>
  );
}
