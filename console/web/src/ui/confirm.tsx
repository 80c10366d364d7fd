import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { dialogs } from "./dialogs";
import { sentence } from "./Problem";

/** Ask before something that cannot be taken back: says what it will touch. Resolves to the answer. */
export async function confirm(question: { title: string; body: string; button: string }): Promise<boolean> {
  const modals = await dialogs();
  return new Promise((resolve) => {
    modals.openConfirmModal({
      title: question.title,
      children: <Text size="sm">{question.body}</Text>,
      labels: { confirm: question.button, cancel: i18next.t("common.back") },
      onConfirm: () => resolve(true),
      onCancel: () => resolve(false),
      onClose: () => resolve(false),
    });
  });
}

/** How long a word about what can be taken back stays, in milliseconds. */
const UNDO_FOR = 10_000;

/** Say that something was done; with the way back where there is one. */
export function said(message: string, undo?: () => Promise<unknown>): void {
  if (!undo) {
    notifications.show({ message, withBorder: true });
    return;
  }
  const id = `undo-${++undone}`;
  const back = async () => {
    notifications.hide(id);
    try {
      await undo();
    } catch (error) {
      failed(error);
    }
  };
  notifications.show({
    id,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <span className="foreign">{message}</span>
        <Button size="compact-sm" variant="default" flex="none" onClick={() => void back()}>
          {i18next.t("common.undo")}
        </Button>
      </Group>
    ),
    withBorder: true,
    autoClose: UNDO_FOR,
  });
}

let undone = 0;

/** Say that something failed, in the API's own sentence. */
export function failed(error: unknown): void {
  notifications.show({
    title: i18next.t("errors.title"),
    message: sentence(error, i18next.t("errors.offline")),
    color: "red",
    withBorder: true,
    autoClose: 10_000,
  });
}
