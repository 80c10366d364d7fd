/** Whether the help is open. */
import { useSyncExternalStore } from "react";

const watchers = new Set<() => void>();
let isOpen = false;

function become(open: boolean): void {
  isOpen = open;
  for (const watcher of watchers) watcher();
}

export const openHelp = (): void => become(true);
export const closeHelp = (): void => become(false);

export function useIsHelpOpen(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => isOpen,
  );
}
