import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { confirm, failed, said } from "../../ui/confirm";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { MakeToken } from "./MakeToken";
import { tokensQuery } from "./queries";

type Token = components["schemas"]["Token"];

/** What programs use in place of a password. */
export function Tokens() {
  const { t } = useTranslation();
  const { may } = useSession();
  const queries = useQueryClient();
  const tokens = useQuery(tokensQuery);
  useRefresh(["token."], tokensQuery.queryKey);
  const [isMaking, setMaking] = useState(new URLSearchParams(location.search).get("open") === "token");

  async function revoke(name: string) {
    const isSure = await confirm({ title: t("operators.revoke", { name }), body: t("operators.revokeBody"), button: t("operators.revokeButton") });
    if (!isSure) return;
    try {
      await api.DELETE("/api/v1/tokens/{name}", { params: { path: { name } } });
      said(t("operators.revoked", { name }));
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
  }

  const columns: Column<Token>[] = [
    { key: "name", title: t("operators.name"), width: "minmax(8rem, 2fr)", cell: (token) => token.name },
    { key: "scopes", title: t("operators.scopes"), width: "minmax(8rem, 3fr)", cell: (token) => <span className="mono">{token.scopes.join(" ")}</span> },
    { key: "by", title: t("operators.by"), width: "minmax(8rem, 1fr)", wide: true, cell: (token) => token.created_by },
    { key: "until", title: t("operators.until"), width: "minmax(8rem, 1fr)", wide: true, cell: (token) => (token.expires_at ? <Ago at={token.expires_at} /> : t("operators.forever")) },
    {
      key: "revoke",
      title: t("common.actions"),
      width: "6rem",
      numeric: true,
      cell: (token) =>
        may("tokens:edit") && (
          <Button size="compact-xs" variant="default" aria-label={t("operators.revoke", { name: token.name })} onClick={() => void revoke(token.name)}>
            {t("operators.revokeButton")}
          </Button>
        ),
    },
  ];
  return (
    <Section
      title={t("operators.tokens")}
      aside={
        may("tokens:edit") && (
          <Button size="compact-sm" onClick={() => setMaking(true)}>
            {t("operators.makeToken")}
          </Button>
        )
      }
    >
      {tokens.error && <Problem error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data && tokens.data.tokens.length > 0 && <Table label={t("operators.tokens")} columns={columns} rows={tokens.data.tokens} rowKey={(token) => token.name} />}
      {tokens.data?.tokens.length === 0 && <Empty title={t("operators.noTokens")}>{t("operators.noTokensBody")}</Empty>}
      <MakeToken isOpen={isMaking} onClose={() => setMaking(false)} />
    </Section>
  );
}
