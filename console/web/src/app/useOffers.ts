import { useQueries, useQuery } from "@tanstack/react-query";
import { type ActionContext, type ConsoleFeature, type Kind, useFeatures } from "./features";

/** How long what was found by name is believed, in milliseconds. */
const FRESH = 15_000;

/** Something that the palette offers to do, or to open. */
export interface Offer {
  id: string;
  label: string;
  keywords?: string;
  /** It opens the thing. */
  isFirst?: boolean;
  run: () => void;
}

/** The kinds of everything, as soon as somebody wants to know. */
export function useKinds(isWanted: boolean): Kind<unknown>[] {
  const features = useFeatures();
  const loaded = useQuery({ queryKey: ["kinds"], queryFn: () => loadKinds(features), enabled: isWanted, staleTime: Infinity, gcTime: Infinity });
  return loaded.data ?? [];
}

async function loadKinds(features: readonly ConsoleFeature[]): Promise<Kind<unknown>[]> {
  const parts = await Promise.all(features.map((feature) => feature.kinds?.()));
  return parts.flatMap((part) => part?.kinds ?? []);
}

/** What things can be opened, and what can be done with each; asked for while somebody types. */
export function useOffers(isWanted: boolean, typed: string, context: ActionContext): Offer[] {
  const { may, queries } = context;
  const kinds = useKinds(isWanted).filter((kind) => may(kind.scope));
  const number = /(?:^|\s)#?(\d{1,15})(?:\s|$)/.exec(typed)?.[1];
  const asked = kinds.flatMap((kind) => [
    ...(kind.all ? [{ kind, key: "all", read: () => kind.all!(queries) }] : []),
    ...(kind.numbered && number ? [{ kind, key: number, read: async () => [await kind.numbered!(Number(number))] }] : []),
  ]);
  const found = useQueries({
    queries: asked.map(({ kind, key, read }) => ({
      queryKey: ["things", kind.name, key],
      queryFn: read,
      enabled: isWanted && typed.trim() !== "",
      staleTime: FRESH,
      retry: false,
    })),
  });
  const offers = asked.flatMap(({ kind }, index) => (found[index]?.data ?? []).flatMap((thing) => offersOf(kind, thing, context)));
  return [...new Map(offers.map((offer) => [offer.id, offer])).values()];
}

function offersOf(kind: Kind<unknown>, thing: unknown, context: ActionContext): Offer[] {
  const { t, go, may } = context;
  const name = kind.nameOf(thing);
  const path = kind.pathOf?.(thing);
  const done = kind.actions
    .filter((action) => may(action.scope) && action.isPossible(thing))
    .map((action) => ({ id: `${action.id} ${name}`, label: t(action.sentence, { name }), keywords: `${t(action.label)} ${action.keywords ?? ""}`, run: () => void action.run([thing], context) }));
  const opened = path === undefined ? [] : [{ id: `open ${path}`, isFirst: true, label: t(`palette.open.${kind.name}`, { name }), run: () => go(path) }];
  return [...opened, ...done];
}
