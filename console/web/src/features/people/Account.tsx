import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import classes from "./People.module.css";
import { accountQuery } from "./queries";
import { useChange } from "./useChange";

const PUBLIC = ["email", "user_id", "peer_id", "device_id", "parse_id"] as const;
const SECRET = ["ssaid", "parse_token", "auth_token"] as const;

/** As whom the bot is in chats: ids in words, of secrets only whether there are. */
export function Account() {
  const { t } = useTranslation();
  const change = useChange();
  const account = useQuery(accountQuery);

  async function relogin() {
    const isSure = await confirm({ title: t("people.relogin"), body: t("people.reloginBody"), button: t("people.relogin") });
    if (isSure) await change(() => read(api.POST("/api/v1/access/relogin")), (report) => t("people.reloggedIn", { count: report.workers }));
  }

  const refresh = () => change(() => read(api.POST("/api/v1/access/refresh")), (report) => report.problems?.[0] ?? t("people.refreshed", { count: report.changed.length }));
  const keep = (copy_of: "file" | "directory") =>
    change(
      () => api.POST("/api/v1/access/credentials/keep", { body: { copy_of } }),
      () => t("people.kept"),
    );
  return (
    <Section title={t("people.account")} aside={t("people.accountHint")}>
      {account.error && <Problem error={account.error} onRetry={() => void account.refetch()} />}
      {account.data?.problem && (
        <div className={classes.card} role="alert">
          <StateMark tone="warn">
            <span className="foreign">{account.data.problem}</span>
          </StateMark>
          <div className={classes.buttons}>
            <Button size="compact-sm" variant="default" onClick={() => void keep("file")}>
              {t("people.keepFile")}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => void keep("directory")}>
              {t("people.keepDirectory")}
            </Button>
          </div>
        </div>
      )}
      {account.data && (
        <dl className={classes.facts}>
          {PUBLIC.map((name) => (
            <Fact key={name} name={t(`people.fields.${name}`)} value={account.data[name]} />
          ))}
          {SECRET.map((name) => (
            <Fact key={name} name={t(`people.fields.${name}`)} value={account.data[name]} />
          ))}
        </dl>
      )}
      <div className={classes.buttons}>
        <Button size="compact-sm" variant="default" onClick={() => void refresh()}>
          {t("people.refresh")}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => void relogin()}>
          {t("people.relogin")}
        </Button>
      </div>
    </Section>
  );
}

function Fact({ name, value }: { name: string; value: string | null | undefined }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono foreign">{value || "–"}</dd>
    </>
  );
}
