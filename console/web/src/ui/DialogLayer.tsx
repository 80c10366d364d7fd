import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import classes from "./DialogLayer.module.css";
import { dialogsAreThere } from "./dialogs";

/** Where dialogs, and words about what was done, are shown. */
export default function DialogLayer() {
  const { t } = useTranslation();
  return (
    <ModalsProvider modalProps={{ closeButtonProps: { "aria-label": t("common.close") } }}>
      <Notifications position="bottom-right" className={classes.words} />
      <Ready />
    </ModalsProvider>
  );
}

function Ready() {
  useEffect(dialogsAreThere, []);
  return null;
}
