/** How many requests wait for their answer: what takes long is said. */
const watchers = new Set<() => void>();
let count = 0;

function become(next: number): void {
  count = next;
  for (const watcher of watchers) watcher();
}

export const begin = (): void => become(count + 1);
export const end = (): void => become(Math.max(0, count - 1));
export const pending = (): number => count;

export function watchPending(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
