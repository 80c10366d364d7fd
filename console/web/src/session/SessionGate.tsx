import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { api, onSessionEnd, read, setCsrfToken } from "../api/client";
import { router } from "../app/router";
import { Problem } from "../ui/Problem";
import { Entrance } from "./Entrance";
import { SessionOf, type SessionState } from "./session";
import { SignIn } from "./SignIn";
import { Welcome } from "./Welcome";

const KEY = ["session"];
/** Where one-time links lead. */
const WELCOME = "/welcome";

/** Lets nobody past who is not signed in; what was open stays open while somebody signs in again. */
export function SessionGate() {
  const queries = useQueryClient();
  const state = useQuery({
    queryKey: KEY,
    queryFn: () => read(api.GET("/api/v1/session")),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  const [isOver, setOver] = useState(false);
  const [isWelcome, setWelcome] = useState(location.pathname === WELCOME && location.hash.length > 1);
  useEffect(() => onSessionEnd(() => setOver(true)), []);

  const enter = (entered: SessionState) => {
    setCsrfToken(entered.csrf_token ?? "");
    queries.setQueryData(KEY, entered);
    setOver(false);
    if (isWelcome) {
      history.replaceState(null, "", "/");
      setWelcome(false);
    } else {
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
    }
  };

  if (state.error) {
    return (
      <Entrance>
        <Problem error={state.error} onRetry={() => void state.refetch()} />
      </Entrance>
    );
  }
  if (!state.data) return null;
  if (isWelcome) return <Welcome secret={location.hash.slice(1)} onEnter={enter} />;
  if (!state.data.operator) return <SignIn needsFirst={state.data.needs_first_operator} onEnter={enter} />;
  return (
    <>
      <Inside state={state.data} />
      {isOver && <SignIn name={state.data.operator.name} isOver onEnter={enter} />}
    </>
  );
}

function Inside({ state }: { state: SessionState }) {
  setCsrfToken(state.csrf_token ?? "");
  const value = useMemo(
    () => ({
      session: state.operator!,
      signOut: async () => {
        await api.DELETE("/api/v1/session");
        location.assign("/");
      },
    }),
    [state],
  );
  return (
    <SessionOf value={value}>
      <RouterProvider router={router} />
    </SessionOf>
  );
}
