import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { sentence } from "./Problem";

/** Ask before something that cannot be taken back: says what it will touch. Resolves to the answer. */
export function confirm(question: { title: string; body: string; button: string }): Promise<boolean> {
  return new Promise((resolve) => {
    modals.openConfirmModal({
      title: question.title,
      children: <Text size="sm">{question.body}</Text>,
      labels: { confirm: question.button, cancel: i18next.t("common.cancel") },
      onConfirm: () => resolve(true),
      onCancel: () => resolve(false),
      onClose: () => resolve(false),
    });
  });
}

/** Say that something was done. */
export function said(message: string): void {
  notifications.show({ message, withBorder: true });
}

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
