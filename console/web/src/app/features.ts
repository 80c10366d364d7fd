/** What the console consists of: one line for each feature of it. */
import type { ComponentType } from "react";

export interface PageOf {
  /** Path below the origin; `$name` is a parameter. */
  path: string;
  load: () => Promise<{ default: ComponentType }>;
}

export interface Place {
  path: string;
  /** Key of its word in the navigation. */
  label: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  /** Scope without which it is not shown. */
  scope?: string;
}

export interface Action {
  id: string;
  /** Key of its words. */
  label: string;
  scope?: string;
  keywords?: string;
  run: (go: (path: string) => void) => void | Promise<void>;
}

/** One room of the console: its pages, its place in the navigation, what can be done. */
export interface ConsoleFeature {
  name: string;
  pages: PageOf[];
  places?: Place[];
  actions?: Action[];
}
