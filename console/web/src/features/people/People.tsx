import { useTranslation } from "react-i18next";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Page } from "../../ui/Page";
import { Account } from "./Account";
import { Admins } from "./Admins";
import { Commands } from "./Commands";
import { ACCESS, CHANGES } from "./queries";

/** Who may do what with the bot in chats, and as whom it is there. */
export default function People() {
  const { t } = useTranslation();
  const { may } = useSession();
  useRefresh(CHANGES, ACCESS);
  return (
    <Page title={t("people.title")} lead={t("people.lead")}>
      <Admins />
      <Commands />
      {may("access:admin") && <Account />}
    </Page>
  );
}
