/** Who is signed in, for every page below the gate. */
import { queryOptions } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api, read } from "../api/client";
import type { components } from "../api/schema";
import { allows } from "./scopes";

export type SessionState = components["schemas"]["SessionState"];
export type Operator = components["schemas"]["SignedIn"];

/** Who is signed in; asked for once, when the pages are opened. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => read(api.GET("/api/v1/session")),
  staleTime: Infinity,
  refetchOnWindowFocus: false,
});

interface SessionContext {
  session: Operator;
  signOut: () => Promise<void>;
}

export const SessionOf = createContext<SessionContext | undefined>(undefined);

/** The session, and whether it may do what needs a scope; none: anybody may. */
export function useSession() {
  const context = useContext(SessionOf);
  if (!context) throw new Error("there is no session outside the gate");
  const may = (scope?: string) => scope === undefined || allows(context.session.scopes, scope);
  return { ...context, may };
}
