import { useNavigate, useSearch } from "@tanstack/react-router";

/** Which form of the page is open: in the address, so that an action of the registry can open it from anywhere. */
export function useOpen(what: string): [boolean, () => void] {
  const navigate = useNavigate();
  const { open } = useSearch({ strict: false }) as { open?: string };
  return [open === what, () => void navigate({ to: "/operators", search: {} as never, replace: true })];
}
