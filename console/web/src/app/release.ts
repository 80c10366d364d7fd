/** Whether the pages that are open are those that the console serves: an update may have come. */
import { useSyncExternalStore } from "react";

const watchers = new Set<() => void>();
let isOld = false;

function become(): void {
  isOld = true;
  for (const watcher of watchers) watcher();
}

/** Something of these pages is not served any more. */
export class OldPagesError extends Error {}

/** Load a part of the pages; what is not there any more was replaced by an update. */
export function part<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    try {
      return await load();
    } catch {
      if (await isReplaced()) become();
      throw new OldPagesError();
    }
  };
}

/** See whether others are served by now; nothing is said where the console does not answer. */
export async function checkRelease(): Promise<void> {
  if (await isReplaced()) become();
}

const ENTRY = /src="(\/assets\/[^"]+\.js)"/;

async function isReplaced(): Promise<boolean> {
  try {
    const served = ENTRY.exec(await (await fetch("/", { cache: "no-store" })).text())?.[1];
    return served !== undefined && !document.querySelector(`script[src="${served}"]`);
  } catch {
    return false;
  }
}

export function useIsOld(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => isOld,
  );
}
