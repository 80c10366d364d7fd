import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { isGivenUp, makePasskey } from "../../session/passkey";
import { Dialog } from "../../ui/Dialog";
import { said } from "../../ui/confirm";
import { Problem } from "../../ui/Problem";
import { myPasskeysQuery } from "./queries";

/** Have the browser make a passkey; the password shows that it is for who is signed in. */
export function MakePasskey({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    try {
      const options = await read(api.POST("/api/v1/passkeys/options", { body: { password } }));
      const credential = await makePasskey({ ...options });
      await read(api.POST("/api/v1/passkeys", { body: { name, credential } }));
    } catch (problem) {
      if (!isGivenUp(problem)) setError(problem);
      return;
    }
    said(t("operators.passkeyAdded", { name }));
    await queries.invalidateQueries({ queryKey: myPasskeysQuery.queryKey });
    close();
  }

  function close() {
    setName("");
    setPassword("");
    setError(undefined);
    onClose();
  }

  return (
    <Dialog opened={isOpen} onClose={close} title={t("operators.passkeyAdd")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput label={t("operators.passkeyName")} value={name} onChange={(event) => setName(event.target.value)} maxLength={64} required data-autofocus />
          <PasswordInput visibilityToggleButtonProps={{ "aria-label": t("session.show") }} label={t("session.password")} value={password} onChange={(event) => setPassword(event.target.value)} autoComplete="current-password" required />
          {error !== undefined && <Problem error={error} />}
          <Button type="submit">{t("operators.passkeyMake")}</Button>
        </Stack>
      </form>
    </Dialog>
  );
}
