import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { api, onSessionEnd, setCsrfToken } from "../api/client";
import { router } from "../app/router";
import { Problem } from "../ui/Problem";
import { Entrance } from "./Entrance";
import { sessionQuery, SessionOf, type SessionState } from "./session";

/** The forms are not needed by who is signed in already. */
const loadSignIn = () => import("./SignIn");
const SignIn = lazy(() => loadSignIn().catch(notLoaded));
const Welcome = lazy(() => import("./Welcome").catch(notLoaded));

/** Beside the pages, which wait for it: a page that is opened first is not shown before it has come. */
const DialogLayer = lazy(() => import("../ui/DialogLayer").catch(() => ({ default: () => <></> })));

const KEY = sessionQuery.queryKey;
/** Where one-time links lead. */
const WELCOME = "/welcome";

/** Lets nobody past who is not signed in; what was open stays open while somebody signs in again. */
export function SessionGate() {
  const queries = useQueryClient();
  const state = useQuery(sessionQuery);
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
  if (isWelcome) {
    return (
      <Suspense>
        <Welcome secret={location.hash.slice(1)} onEnter={enter} />
      </Suspense>
    );
  }
  if (!state.data.operator) {
    return (
      <Suspense>
        <SignIn needsFirst={state.data.needs_first_operator} onEnter={enter} />
      </Suspense>
    );
  }
  return (
    <>
      <Inside state={state.data} />
      <Suspense>{isOver && <SignIn name={state.data.operator.name} isOver onEnter={enter} />}</Suspense>
    </>
  );
}

function Inside({ state }: { state: SessionState }) {
  setCsrfToken(state.csrf_token ?? "");
  // The session may end when these pages are not served any more.
  useEffect(() => void loadSignIn().catch(() => undefined), []);
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
      <Suspense>
        <DialogLayer />
      </Suspense>
      <RouterProvider router={router} />
    </SessionOf>
  );
}

/** In place of a form that did not come. */
function notLoaded() {
  return { default: NotLoaded };
}

function NotLoaded() {
  return (
    <Entrance>
      <Problem error={new TypeError()} onRetry={() => location.reload()} />
    </Entrance>
  );
}
