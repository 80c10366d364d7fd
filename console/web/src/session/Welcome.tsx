import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../api/client";
import { Problem } from "../ui/Problem";
import classes from "./Entrance.module.css";
import { Entrance } from "./Entrance";
import type { SessionState } from "./session";

/** A one-time link: become an operator, or take a new password. */
export default function Welcome({ secret, onEnter }: { secret: string; onEnter: (state: SessionState) => void }) {
  const { t } = useTranslation();
  const link = useQuery({
    queryKey: ["link", secret],
    queryFn: () => read(api.POST("/api/v1/session/link/check", { body: { secret } })),
    retry: false,
    refetchOnWindowFocus: false,
  });
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const body = { secret, password, name: link.data?.operator ? null : name };
      onEnter(await read(api.POST("/api/v1/session/link", { body })));
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  if (link.error) {
    return (
      <Entrance>
        <Problem error={link.error} />
        <a href="/">{t("session.toSignIn")}</a>
      </Entrance>
    );
  }
  if (!link.data) return null;
  const { operator, role, is_new: isNew } = link.data;
  return (
    <Entrance>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <h1>{t(isNew ? "session.welcome" : "session.newPassword")}</h1>
        <p>{isNew ? t(`session.roles.${role}`) : t("session.newPasswordBody", { name: operator })}</p>
        {!operator && (
          <TextInput label={t("session.chooseName")} description={t("session.nameHint")} value={name} onChange={(event) => setName(event.target.value)} autoComplete="username" autoCapitalize="none" required />
        )}
        <PasswordInput visibilityToggleButtonProps={{ "aria-label": t("session.show") }} label={t("session.choosePassword")} description={t("session.passwordHint")} value={password} onChange={(event) => setPassword(event.target.value)} autoComplete="new-password" required />
        {error !== undefined && <Problem error={error} />}
        <Button type="submit" loading={isBusy}>
          {t("session.enter")}
        </Button>
      </form>
    </Entrance>
  );
}
