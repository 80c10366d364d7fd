/** What the console consists of: one line for each feature of it. */
import type { QueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { type ComponentType, createContext, useContext } from "react";

export interface PageOf {
  /** Path below the origin; `$name` is a parameter. */
  path: string;
  load: () => Promise<{ default: ComponentType }>;
}

/** Headings of the navigation: what is looked at first has none. */
export type Group = "first" | "station" | "past" | "setup";

export interface Place {
  path: string;
  /** Key of its word in the navigation. */
  label: string;
  /** Key below `frame.groups` of the heading that it stands under; those of one group are next to each other. */
  group: Group;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  /** The key that leads there behind a `g`. */
  shortcut?: string;
  /** Scope without which it is not shown. */
  scope?: string;
}

/** What actions may use of the console. */
export interface ActionContext {
  t: TFunction;
  queries: QueryClient;
  /** Whether the one who is signed in has a scope; none: everybody has it. */
  may: (scope?: string) => boolean;
  go: (path: string) => void;
  setScheme: (scheme: "light" | "dark" | "auto") => void;
  help: () => void;
  signOut: () => Promise<void>;
}

/** Something that can be done: the palette, buttons, menus and the help take it from here. */
export interface Action {
  id: string;
  /** Key of its words. */
  label: string;
  scope?: string;
  keywords?: string;
  /** The key that does it, where nothing is typed. */
  shortcut?: string;
  /** Whether this browser can; where it cannot, nobody is offered it. */
  isPossible?(): boolean;
  run(context: ActionContext): unknown;
}

/** Something that can be done with things of one kind, from the same places. */
export interface ActionOn<T> {
  id: string;
  /** Key of the word on its button. */
  label: string;
  /** Key of the words that name the thing as `{{name}}`: in the palette, and for screen readers. */
  sentence: string;
  /** None: what everybody may do who is signed in. */
  scope?: string;
  keywords?: string;
  /** The one that people come for; its button stands out. */
  isMain?: boolean;
  /** Its button is there even while it is not possible, because it often becomes so. */
  isSteady?: boolean;
  isPossible(thing: T): boolean;
  /** Asks before what cannot be taken back or touches several, and says each outcome. Resolves to whether it was done. */
  run(things: T[], context: ActionContext): Promise<boolean>;
}

/** What there are many of, each with a name: meshes, jobs, schedules. */
export interface Kind<T> {
  /** Key below `palette.open` and `help.kinds`. */
  name: string;
  /** Scope without which nothing of it is found; none: it is of the one who is signed in. */
  scope?: string;
  /** What the palette finds by name; asked for while somebody types there. */
  all?(queries: QueryClient): Promise<T[]>;
  /** What it finds by a number. */
  numbered?(number: number): Promise<T>;
  nameOf(thing: T): string;
  /** The page of one; none: it has none of its own. */
  pathOf?(thing: T): string;
  actions: ActionOn<T>[];
}

/** One room of the console: its pages, its place in the navigation, what can be done. */
export interface ConsoleFeature {
  name: string;
  pages: PageOf[];
  places?: Place[];
  actions?: Action[];
  /** What there are many of in it, and what can be done with each; loaded when the palette or the help is opened. */
  kinds?: () => Promise<{ kinds: Kind<unknown>[] }>;
}

/** All features; given from above, because the registry names the pages that look for actions here. */
export const FeaturesOf = createContext<readonly ConsoleFeature[] | undefined>(undefined);

export function useFeatures(): readonly ConsoleFeature[] {
  const features = useContext(FeaturesOf);
  if (!features) throw new Error("no features have been given");
  return features;
}
