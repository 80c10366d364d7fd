import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../api/client";
import { Problem } from "../ui/Problem";
import classes from "./Entrance.module.css";
import { Entrance } from "./Entrance";
import { PasskeySignIn } from "./PasskeySignIn";
import type { SessionState } from "./session";

interface SignInProps {
  /** Of whom is to sign in again. */
  name?: string;
  /** The session has ended while pages were open: they are behind this and stay as they are. */
  isOver?: boolean;
  needsFirst?: boolean;
  onEnter: (state: SessionState) => void;
}

export default function SignIn(props: SignInProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(props.name ?? "");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      props.onEnter(await read(api.POST("/api/v1/session", { body: { name, password } })));
    } catch (problem) {
      setError(problem);
      setPassword("");
    } finally {
      setBusy(false);
    }
  }

  if (props.needsFirst) {
    return (
      <Entrance>
        <div className={classes.form}>
          <h1>{t("session.first.title")}</h1>
          <p>{t("session.first.body")}</p>
          <code className={classes.command}>meshvisor operators invite --role owner</code>
        </div>
      </Entrance>
    );
  }
  return (
    <Entrance over={props.isOver}>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <h1>{t(props.isOver ? "session.over" : "session.title")}</h1>
        {props.isOver && <p>{t("session.overBody")}</p>}
        <TextInput label={t("session.name")} value={name} onChange={(event) => setName(event.target.value)} autoComplete="username" autoCapitalize="none" required data-autofocus />
        <PasswordInput visibilityToggleButtonProps={{ "aria-label": t("session.show") }} label={t("session.password")} value={password} onChange={(event) => setPassword(event.target.value)} autoComplete="current-password" required />
        {error !== undefined && <Problem error={error} />}
        <Button type="submit" loading={isBusy}>
          {t("session.signIn")}
        </Button>
        <PasskeySignIn onEnter={props.onEnter} onError={setError} />
      </form>
    </Entrance>
  );
}
