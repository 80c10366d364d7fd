import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { ActionButton } from "../../app/ActionButton";
import { perform } from "../../app/perform";
import { useActionContext } from "../../app/useActionContext";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import classes from "./People.module.css";
import { ACCESS, accountQuery } from "./queries";

const PUBLIC = ["email", "user_id", "peer_id", "device_id", "parse_id"] as const;
const SECRET = ["ssaid", "parse_token", "auth_token"] as const;

/** As whom the bot is in chats: ids in words, of secrets only whether there are. */
export function Account() {
  const { t } = useTranslation();
  const context = useActionContext();
  const account = useQuery(accountQuery);

  const keep = (copy_of: "file" | "directory") =>
    perform(context, ACCESS, async () => {
      await api.POST("/api/v1/access/credentials/keep", { body: { copy_of } });
      return t("people.kept");
    });
  return (
    <Section title={t("people.account")} aside={t("people.accountHint")}>
      {account.error && <Problem error={account.error} onRetry={() => void account.refetch()} />}
      {account.data === null && <p>{t("people.noAccount")}</p>}
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
            <Fact key={name} name={t(`people.fields.${name}`)} value={account.data![name]} />
          ))}
          {SECRET.map((name) => (
            <Fact key={name} name={t(`people.fields.${name}`)} value={account.data![name]} />
          ))}
        </dl>
      )}
      <div className={classes.buttons}>
        <ActionButton id="people.refresh" size="compact-sm" variant="default" />
        <ActionButton id="people.relogin" size="compact-sm" variant="default" />
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
