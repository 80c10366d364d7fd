/** What a reader has chosen for this browser. */
import { useSyncExternalStore } from "react";

const CONTRAST = "meshvisor.contrast";
const watchers = new Set<() => void>();

export function isHighContrast(): boolean {
  return localStorage.getItem(CONTRAST) === "high";
}

export function setHighContrast(high: boolean): void {
  localStorage.setItem(CONTRAST, high ? "high" : "normal");
  applyContrast();
  for (const watcher of watchers) watcher();
}

/** Also what the system asks for, as long as nothing was chosen here. */
export function applyContrast(): void {
  const chosen = localStorage.getItem(CONTRAST);
  const asked = matchMedia("(prefers-contrast: more)").matches;
  document.documentElement.dataset["contrast"] = (chosen ?? (asked ? "high" : "normal")) === "high" ? "high" : "normal";
}

export function useHighContrast(): boolean {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, isHighContrast);
}
