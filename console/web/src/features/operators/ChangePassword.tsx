import { Button, PasswordInput, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { said } from "../../ui/confirm";
import { Problem } from "../../ui/Problem";
import { mySessionsQuery } from "./queries";

const EMPTY = { current: "", new: "" };

/** Another password for oneself; wherever else one is signed in, that ends. */
export function ChangePassword({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [passwords, setPasswords] = useState(EMPTY);
  const [error, setError] = useState<unknown>();

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    try {
      await read(api.PUT("/api/v1/session/password", { body: passwords }));
    } catch (problem) {
      setError(problem);
      return;
    }
    said(t("operators.passwordChanged"));
    await queries.invalidateQueries({ queryKey: mySessionsQuery.queryKey });
    close();
  }

  function close() {
    setPasswords(EMPTY);
    setError(undefined);
    onClose();
  }

  const field = (name: keyof typeof EMPTY, autoComplete: string) => (
    <PasswordInput
      visibilityToggleButtonProps={{ "aria-label": t("session.show") }}
      label={t(name === "new" ? "operators.passwordNew" : "operators.passwordNow")}
      description={name === "new" ? t("session.passwordHint") : undefined}
      value={passwords[name]}
      onChange={(event) => setPasswords({ ...passwords, [name]: event.target.value })}
      autoComplete={autoComplete}
      required
      data-autofocus={name === "current" || undefined}
    />
  );
  return (
    <Dialog opened={isOpen} onClose={close} title={t("operators.passwordChange")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {field("current", "current-password")}
          {field("new", "new-password")}
          {error !== undefined && <Problem error={error} />}
          <Button type="submit">{t("operators.passwordChange")}</Button>
        </Stack>
      </form>
    </Dialog>
  );
}
