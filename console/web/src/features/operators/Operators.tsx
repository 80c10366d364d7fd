import { useTranslation } from "react-i18next";
import { useSession } from "../../session/session";
import { Page } from "../../ui/Page";
import { MyPasskeys } from "./MyPasskeys";
import { MySessions } from "./MySessions";
import { OperatorList } from "./OperatorList";
import { Tokens } from "./Tokens";

/** Who may use the console: people, programs, and where one is signed in oneself. */
export default function Operators() {
  const { t } = useTranslation();
  const { may } = useSession();
  return (
    <Page title={t("operators.title")} lead={t("operators.lead")}>
      {may("operators:view") && <OperatorList />}
      {may("tokens:view") && <Tokens />}
      <MyPasskeys />
      <MySessions />
    </Page>
  );
}
