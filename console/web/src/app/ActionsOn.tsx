/** What can be done with things of a kind, as buttons: all from the registry. */
import { Button, type ButtonProps } from "@mantine/core";
import type { ActionOn, Kind } from "./features";
import { useActionContext } from "./useActionContext";

export interface ActionsOnProps<T> {
  kind: Kind<T>;
  /** Ids of those that are meant, in this order; none: all of the kind. */
  only?: readonly string[];
}

export function chosen<T>(kind: Kind<T>, only: readonly string[] | undefined): ActionOn<T>[] {
  return only ? only.flatMap((id) => kind.actions.find((action) => action.id === id) ?? []) : kind.actions;
}

/** The buttons of one thing: of what is possible, and of what often becomes so. */
export function Buttons<T>({ kind, thing, only, isRow, ...how }: ActionsOnProps<T> & { thing: T; /** In a row of many: small, and it names the thing to screen readers. */ isRow?: boolean } & ButtonProps) {
  const context = useActionContext();
  const { t, may } = context;
  return chosen(kind, only)
    .filter((action) => may(action.scope) && (action.isSteady || action.isPossible(thing)))
    .map((action) => (
      <Button
        key={action.id}
        size={isRow ? "compact-xs" : undefined}
        variant={action.isMain && !isRow ? "filled" : "default"}
        aria-label={isRow ? t(action.sentence, { name: kind.nameOf(thing) }) : undefined}
        disabled={!action.isPossible(thing)}
        onClick={() => void action.run([thing], context)}
        {...how}
      >
        {t(action.label)}
      </Button>
    ));
}

/** The buttons of what is selected; each says how many of it it can be done with, where that is not all. */
export function SelectionButtons<T>({ kind, things, only, onDone }: ActionsOnProps<T> & { things: readonly T[]; onDone: () => void }) {
  const context = useActionContext();
  const { t, may } = context;
  return chosen(kind, only)
    .filter((action) => may(action.scope))
    .map((action) => {
      const able = things.filter((thing) => action.isPossible(thing));
      return (
        <Button
          key={action.id}
          size="compact-sm"
          variant="default"
          disabled={able.length === 0}
          onClick={() => void action.run(able, context).then((isDone) => isDone && onDone())}
        >
          {t(action.label)}
          {able.length > 0 && able.length < things.length && <span className="numbers">&nbsp;({able.length})</span>}
        </Button>
      );
    });
}
