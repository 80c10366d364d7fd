import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { canHavePasskeys } from "../../session/passkey";
import { Ago } from "../../ui/Ago";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { MakePasskey } from "./MakePasskey";
import { type Passkey, passkey } from "./kinds";
import { myPasskeysQuery } from "./queries";
import { useOpen } from "./useOpen";

/** By what one signs in beside the password. */
export function MyPasskeys() {
  const { t } = useTranslation();
  const passkeys = useQuery(myPasskeysQuery);
  const [isMaking, close] = useOpen("passkey");
  useRefresh(["operator.passkey_added", "operator.passkey_removed"], myPasskeysQuery.queryKey);

  const columns: Column<Passkey>[] = [
    { key: "name", title: t("operators.name"), width: "minmax(8rem, 2fr)", cell: (one) => <span className="foreign">{one.name}</span> },
    { key: "host", title: t("operators.passkeyHost"), width: "minmax(7rem, 1fr)", wide: true, cell: (one) => one.host },
    { key: "used", title: t("operators.passkeyUsed"), width: "minmax(7rem, 1fr)", cell: (one) => (one.used_at ? <Ago at={one.used_at} /> : t("operators.never")) },
    {
      key: "remove",
      title: t("common.actions"),
      width: "6rem",
      numeric: true,
      cell: (one) => <Buttons isRow kind={passkey} thing={one} />,
    },
  ];
  return (
    <Section
      title={t("operators.passkeys")}
      aside={canHavePasskeys() && <ActionButton id="operators.passkey" size="compact-sm" />}
    >
      {passkeys.error && <Problem error={passkeys.error} onRetry={() => void passkeys.refetch()} />}
      {passkeys.data && passkeys.data.passkeys.length > 0 && <Table label={t("operators.passkeys")} columns={columns} rows={passkeys.data.passkeys} rowKey={(one) => String(one.id)} />}
      {passkeys.data?.passkeys.length === 0 && <Empty title={t("operators.noPasskeys")}>{t(canHavePasskeys() ? "operators.noPasskeysBody" : "operators.passkeysNeedName")}</Empty>}
      <MakePasskey isOpen={isMaking} onClose={close} />
    </Section>
  );
}
