import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { type Connection, type LiveEvent, stream } from "./stream";

/** Whether what the page shows is live. */
export function useConnection(): Connection {
  return useSyncExternalStore(stream.watch, stream.connection);
}

/** Call something with each event of some families, such as `mesh.` or `job.`. */
export function useEvents(families: readonly string[], listener: (event: LiveEvent) => void): void {
  useEffect(
    () => stream.subscribe((event) => families.some((family) => event.kind.startsWith(family)) && listener(event)),
    // The listener may close over what it likes: the newest one is called.
    [families, listener],
  );
}

/** How long changes are collected before what they concern is read again, in milliseconds. */
const COLLECT = 150;

/** Read queries again when events of a family arrive; many at once cause one reading. */
export function useRefresh(families: readonly string[], key: readonly unknown[]): void {
  const client = useQueryClient();
  const wanted = families.join(" ");
  const name = JSON.stringify(key);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const prefixes = wanted.split(" ");
    const stop = stream.subscribe((event) => {
      if (!prefixes.some((family) => event.kind.startsWith(family))) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: JSON.parse(name) as unknown[] });
      }, COLLECT);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client, wanted, name]);
}
