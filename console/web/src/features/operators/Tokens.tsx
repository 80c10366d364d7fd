import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { actorName } from "../../ui/actor";
import { Ago } from "../../ui/Ago";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { MakeToken } from "./MakeToken";
import { type Token, token } from "./kinds";
import { tokensQuery } from "./queries";
import { useOpen } from "./useOpen";

/** What programs use in place of a password. */
export function Tokens() {
  const { t } = useTranslation();
  const tokens = useQuery(tokensQuery);
  useRefresh(["token."], tokensQuery.queryKey);
  const [isMaking, close] = useOpen("token");
  const columns: Column<Token>[] = [
    { key: "name", title: t("operators.name"), width: "minmax(8rem, 2fr)", cell: (token) => token.name },
    { key: "scopes", title: t("operators.scopes"), width: "minmax(8rem, 3fr)", cell: (token) => <span className="mono">{token.scopes.join(" ")}</span> },
    { key: "by", title: t("operators.by"), width: "minmax(8rem, 1fr)", wide: true, cell: (token) => actorName(token.created_by) },
    { key: "until", title: t("operators.until"), width: "minmax(8rem, 1fr)", wide: "medium", cell: (token) => (token.expires_at ? <Ago at={token.expires_at} /> : t("operators.forever")) },
    {
      key: "revoke",
      title: t("common.actions"),
      width: "6rem",
      numeric: true,
      cell: (one) => <Buttons isRow kind={token} thing={one} />,
    },
  ];
  return (
    <Section
      title={t("operators.tokens")}
      aside={<ActionButton id="operators.token" size="compact-sm" />}
    >
      {tokens.error && <Problem error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data && tokens.data.tokens.length > 0 && <Table label={t("operators.tokens")} columns={columns} rows={tokens.data.tokens} rowKey={(token) => token.name} />}
      {tokens.data?.tokens.length === 0 && <Empty title={t("operators.noTokens")}>{t("operators.noTokensBody")}</Empty>}
      <MakeToken isOpen={isMaking} onClose={close} />
    </Section>
  );
}
