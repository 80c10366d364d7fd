import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Form } from "./Form";
import type { Seen } from "./queries";

/** Add a schedule, or edit the one that was seen. */
export function Editor({ seen, isOpen, onClose }: { seen?: Seen; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={isOpen} onClose={onClose} size="lg" title={seen ? t("schedules.editTitle", { name: seen.report.name }) : t("schedules.add")}>
      <Form seen={seen} onClose={onClose} />
    </Modal>
  );
}
