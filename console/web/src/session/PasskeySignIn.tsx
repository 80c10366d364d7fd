import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, read } from "../api/client";
import { canHavePasskeys, isGivenUp, usePasskeyOf } from "./passkey";
import type { SessionState } from "./session";

/** The way in without a password, where somebody has a passkey for this name of the console. */
export function PasskeySignIn(props: { onEnter: (state: SessionState) => void; onError: (error: unknown) => void }) {
  const { t } = useTranslation();
  const there = useQuery({
    queryKey: ["session", "passkeys"],
    queryFn: () => read(api.GET("/api/v1/session")),
    enabled: canHavePasskeys(),
    refetchOnWindowFocus: false,
  });
  if (!there.data?.has_passkeys) return null;

  async function signIn() {
    props.onError(undefined);
    try {
      const options = await read(api.POST("/api/v1/passkeys/sign-in/options"));
      const credential = await usePasskeyOf({ ...options });
      props.onEnter(await read(api.POST("/api/v1/passkeys/sign-in", { body: { credential } })));
    } catch (error) {
      if (!isGivenUp(error)) props.onError(error);
    }
  }

  return (
    <Button variant="default" onClick={() => void signIn()}>
      {t("session.byPasskey")}
    </Button>
  );
}
