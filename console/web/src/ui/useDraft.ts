import { useCallback, useEffect, useState } from "react";

/** What somebody has typed, kept for this tab: a page that is loaded anew has it again. Empty name: nothing is kept. */
export function useDraft<T>(name: string, initial: T): [T, (change: T | ((before: T) => T)) => void, () => void] {
  const key = `meshvisor.draft.${name}`;
  const [draft, setDraft] = useState<T>(() => kept(key) ?? initial);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    if (!isOver && draft !== initial) sessionStorage.setItem(key, JSON.stringify(draft));
  }, [key, draft, initial, isOver]);
  const forget = useCallback(() => {
    setOver(true);
    sessionStorage.removeItem(key);
  }, [key]);
  return [draft, setDraft, forget];
}

function kept<T>(key: string): T | undefined {
  const text = sessionStorage.getItem(key);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
