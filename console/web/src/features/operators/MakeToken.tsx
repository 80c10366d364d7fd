import { Button, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { Problem } from "../../ui/Problem";
import { Once } from "./Once";
import { tokensQuery } from "./queries";

/** Make a token for a program; its secret is shown once. */
export function MakeToken({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState("*:view");
  const [token, setToken] = useState<string>();
  const [error, setError] = useState<unknown>();

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    try {
      const wanted = scopes.split(/[\s,]+/).filter(Boolean);
      const made = await read(api.POST("/api/v1/tokens", { body: { name, scopes: wanted, expires_at: null } }));
      setToken(made.token);
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
    } catch (problem) {
      setError(problem);
    }
  }

  function close() {
    setToken(undefined);
    setName("");
    setError(undefined);
    onClose();
  }

  return (
    <Dialog opened={isOpen} onClose={close} title={t("operators.makeToken")}>
      {token ? (
        <Once words={t("operators.tokenMade")} secret={token} />
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <TextInput label={t("operators.tokenName")} value={name} onChange={(event) => setName(event.target.value)} required data-autofocus />
            <TextInput label={t("operators.scopes")} description={t("operators.scopesHint")} value={scopes} onChange={(event) => setScopes(event.target.value)} required />
            {error !== undefined && <Problem error={error} />}
            <Button type="submit">{t("operators.makeToken")}</Button>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
