import { useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "../session/session";
import type { Action, ActionContext, Place } from "./features";
import { openHelp } from "./help";
import { FEATURES } from "./registry";

/** An action in the reader's words, ready to be run. */
export interface Ready extends Omit<Action, "run" | "label"> {
  label: string;
  run: () => void;
}

/** What actions may use, for the one who is signed in. */
export function useActionContext(): ActionContext {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { may, signOut } = useSession();
  const { setColorScheme } = useMantineColorScheme();
  return { t, queries, may, go: (path) => void navigate({ to: beside(path) }), setScheme: setColorScheme, help: openHelp, signOut };
}

/** What the one who is signed in can do, and where they can go: from the one registry. */
export function useActions(): { actions: Ready[]; places: Place[]; context: ActionContext } {
  const context = useActionContext();
  const { t, may } = context;
  return {
    context,
    places: FEATURES.flatMap((feature) => feature.places ?? []).filter((place) => may(place.scope)),
    actions: FEATURES.flatMap((feature) => feature.actions ?? [])
      .filter((action) => may(action.scope) && (action.isPossible?.() ?? true))
      .map((action) => ({ ...action, label: t(action.label), run: () => void action.run(context) })),
  };
}

/** A path of the page that is open keeps the filters there. */
function beside(path: string): string {
  const wanted = new URL(path, location.origin);
  if (!wanted.search || wanted.pathname !== location.pathname) return path;
  const search = new URLSearchParams(location.search);
  for (const [name, value] of wanted.searchParams) search.set(name, value);
  return `${wanted.pathname}?${search}`;
}
