import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useEvents, useRefresh } from "../../live/hooks";
import { FAMILIES, FLEET } from "./queries";

/** The API's list of meshes is half a second old at most; in milliseconds. */
const SETTLED = 700;

/** Read meshes again when something happens to one, and once more when the list is surely newer than it. */
export function useFleetRefresh(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useRefresh(FAMILIES, FLEET);
  const later = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void client.invalidateQueries({ queryKey: FLEET }), SETTLED);
  }, [client]);
  useEvents(FAMILIES, later);
  useEffect(() => () => clearTimeout(timer.current), []);
}
