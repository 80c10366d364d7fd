import { Menu } from "@mantine/core";
import { type ActionsOnProps, chosen } from "./ActionsOn";
import { useActionContext } from "./useActionContext";

/** Entries of a menu for one thing; what is not possible is grey. */
export function MenuItems<T>({ kind, thing, only }: ActionsOnProps<T> & { thing: T }) {
  const context = useActionContext();
  const { t, may } = context;
  return chosen(kind, only)
    .filter((action) => may(action.scope))
    .map((action) => (
      <Menu.Item key={action.id} disabled={!action.isPossible(thing)} onClick={() => void action.run([thing], context)}>
        {t(action.label)}
      </Menu.Item>
    ));
}
