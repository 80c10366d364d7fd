import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { browserOf } from "./browser";
import { ChangePassword } from "./ChangePassword";
import { type Session, session as sessionKind } from "./kinds";
import { mySessionsQuery } from "./queries";
import { useOpen } from "./useOpen";

/** Where one is signed in, and the way to end what one does not know. */
export function MySessions() {
  const { t } = useTranslation();
  const { session } = useSession();
  const sessions = useQuery(mySessionsQuery);
  const [isChanging, close] = useOpen("password");
  const nameOf = (one: Session) => {
    const known = browserOf(one.agent);
    return known ? t("operators.browserOn", known) : one.agent || one.address;
  };
  const columns: Column<Session>[] = [
    { key: "agent", title: t("operators.browser"), width: "minmax(8rem, 3fr)", cell: (one) => <span className="foreign" title={one.agent}>{nameOf(one)}</span> },
    { key: "address", title: t("operators.address"), width: "minmax(7rem, 1fr)", wide: true, cell: (one) => one.address },
    { key: "seen", title: t("operators.seen"), width: "minmax(7rem, 1fr)", narrow: "minmax(6.5rem, 1fr)", cell: (one) => <Ago at={one.seen_at} /> },
    {
      key: "end",
      title: t("common.actions"),
      width: "6rem",
      numeric: true,
      cell: (one) =>
        one.id === session.session ? (
          <StateMark tone="ok">{t("operators.thisOne")}</StateMark>
        ) : (
          <Buttons isRow kind={sessionKind} thing={one} />
        ),
    },
  ];
  return (
    <Section
      title={t("operators.mine")}
      aside={<ActionButton id="operators.password" size="compact-sm" variant="default" />}
    >
      <ChangePassword isOpen={isChanging} onClose={close} />
      {sessions.error && <Problem error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data && <Table label={t("operators.mine")} columns={columns} rows={sessions.data.sessions} rowKey={(one) => String(one.id)} />}
    </Section>
  );
}
