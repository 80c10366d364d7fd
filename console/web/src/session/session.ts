/** Who is signed in, for every page below the gate. */
import { createContext, useContext } from "react";
import type { components } from "../api/schema";
import { allows } from "./scopes";

export type SessionState = components["schemas"]["SessionState"];
export type Operator = components["schemas"]["SignedIn"];

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
