import { type Action, type ActionContext, type Place, useFeatures } from "./features";
import { useActionContext } from "./useActionContext";

/** An action in the reader's words, ready to be run. */
export interface Ready extends Omit<Action, "run" | "label"> {
  label: string;
  run: () => void;
}

/** What the operator who is signed in can do, and where they can go. */
export function useActions(): { actions: Ready[]; places: Place[]; context: ActionContext } {
  const context = useActionContext();
  const { t, may } = context;
  const features = useFeatures();
  return {
    context,
    places: features.flatMap((feature) => feature.places ?? []).filter((place) => may(place.scope)),
    actions: features.flatMap((feature) => feature.actions ?? [])
      .filter((action) => may(action.scope) && (action.isPossible?.() ?? true))
      .map((action) => ({ ...action, label: t(action.label), run: () => void action.run(context) })),
  };
}
