import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/Dialog";
import { Form } from "./Form";
import type { Seen } from "./queries";

/** Add a schedule, or edit the one that was seen. */
export function Editor({ seen, isOpen, onClose }: { seen?: Seen; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog opened={isOpen} onClose={onClose} size="lg" title={seen ? t("schedules.editTitle", { name: seen.report.name }) : t("schedules.add")}>
      <Form seen={seen} onClose={onClose} />
    </Dialog>
  );
}
