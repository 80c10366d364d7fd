import { Button, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { said } from "../../ui/confirm";
import { Problem } from "../../ui/Problem";
import { ACCESS } from "./queries";

/** Make a user of a network an admin, by the id that the network gives. */
export function AddAdmin({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [user, setUser] = useState("");
  const [realm, setRealm] = useState("");
  const [error, setError] = useState<unknown>();

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    try {
      const outcome = await read(api.POST("/api/v1/access/admins", { body: { user_id: user.trim(), realm: realm.trim() } }));
      said(t(outcome.changed ? "people.added" : "people.wasAlready", { user: outcome.user_id }));
      await queries.invalidateQueries({ queryKey: ACCESS });
      close();
    } catch (problem) {
      setError(problem);
    }
  }

  function close() {
    setUser("");
    setError(undefined);
    onClose();
  }

  return (
    <Dialog opened={isOpen} onClose={close} title={t("people.addAdmin")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput label={t("people.user")} description={t("people.userHint")} value={user} onChange={(event) => setUser(event.target.value)} required data-autofocus />
          <TextInput label={t("people.realm")} description={t("people.realmHint")} value={realm} onChange={(event) => setRealm(event.target.value)} />
          {error !== undefined && <Problem error={error} />}
          <Button type="submit">{t("people.addAdmin")}</Button>
        </Stack>
      </form>
    </Dialog>
  );
}
