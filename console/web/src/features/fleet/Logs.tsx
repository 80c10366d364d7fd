import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "../../ui/Page";
import { Log } from "./Log";

/** What everything has logged, or only what the address names: a mesh, a lane, the console. */
export default function Logs() {
  const { t } = useTranslation();
  const { of } = useSearch({ strict: false }) as { of?: string };
  const id = String(of ?? "");
  return (
    <Page title={id ? t("fleet.logOf", { name: id }) : t("fleet.logOfAll")} lead={t("fleet.logLead")}>
      <Log key={id} id={id} />
    </Page>
  );
}
