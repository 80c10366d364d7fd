import { useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "../session/session";
import type { ActionContext } from "./features";
import { openHelp } from "./help";

/** What actions may use, for the one who is signed in. */
export function useActionContext(): ActionContext {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { may, signOut } = useSession();
  const { setColorScheme } = useMantineColorScheme();
  return { t, queries, may, go: (path) => void navigate({ to: beside(path) }), setScheme: setColorScheme, help: openHelp, signOut };
}

/** A path of the page that is open keeps the filters there. */
function beside(path: string): string {
  const wanted = new URL(path, location.origin);
  if (!wanted.search || wanted.pathname !== location.pathname) return path;
  const search = new URLSearchParams(location.search);
  for (const [name, value] of wanted.searchParams) search.set(name, value);
  return `${wanted.pathname}?${search}`;
}
