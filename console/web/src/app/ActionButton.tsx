import { Button, type ButtonProps } from "@mantine/core";
import { useActions } from "./useActions";

/** The button of an action of the registry; none where one may not do it. */
export function ActionButton({ id, ...how }: { id: string } & ButtonProps) {
  const action = useActions().actions.find((one) => one.id === id);
  return (
    action && (
      <Button {...how} onClick={action.run}>
        {action.label}
      </Button>
    )
  );
}
