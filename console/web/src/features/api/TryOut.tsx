import { Button, CopyButton, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../../session/session";
import { Code } from "../../ui/Code";
import { confirm } from "../../ui/confirm";
import { Problem } from "../../ui/Problem";
import classes from "./Api.module.css";
import { address, bodyFields, curl, type Document, type Endpoint, exampleBody } from "./document";
import { type Answer, send } from "./send";

/** One operation: its parameters and its body to fill in, then the answer as it came. */
export function TryOut({ document, endpoint }: { document: Document; endpoint: Endpoint }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const [values, setValues] = useState<Record<string, string>>({});
  const [body, setBody] = useState(() => exampleBody(document, endpoint));
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const scope = endpoint["x-scope"];
  const given = (endpoint.parameters ?? []).filter((one) => one.in !== "cookie");
  const headers = Object.fromEntries(given.filter((one) => one.in === "header" && values[one.name]).map((one) => [one.name, values[one.name]!]));
  const where = address(endpoint, values);
  const fields = bodyFields(document, endpoint);
  const hasMore = endpoint.description && endpoint.description !== `${endpoint.summary}.`;
  const command = curl(endpoint, where, headers, body);

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    const isChange = endpoint.method !== "GET";
    if (isChange && !(await confirm({ title: t("api.sure"), body: t("api.sureBody", { what: endpoint.summary }), button: t("api.send") }))) return;
    setBusy(true);
    setError(undefined);
    try {
      setAnswer(await send(endpoint.method, where, headers, body));
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      {hasMore && <p className={classes.about}>{endpoint.description}</p>}
      <p className={classes.about}>{scope ? t("api.takes", { scope }) : t(scope === "" ? "api.anybody" : "api.open")}</p>
      {given.map((one) => (
        <TextInput
          key={one.name}
          label={one.name}
          description={one.description}
          placeholder={String(one.schema.examples?.[0] ?? one.schema.default ?? "")}
          required={one.required}
          value={values[one.name] ?? ""}
          onChange={(event) => setValues({ ...values, [one.name]: event.target.value })}
        />
      ))}
      {endpoint.requestBody && <Textarea label={t("api.body")} classNames={{ input: classes.code }} autosize minRows={3} maxRows={18} value={body} onChange={(event) => setBody(event.target.value)} />}
      {fields.length > 0 && (
        <details>
          <summary>{t("api.fields")}</summary>
          <dl className={classes.fields}>
            {fields.map((one) => (
              <div key={one.name}>
                <dt>
                  <code>{one.name}</code> <span className={classes.words}>{one.type}</span>
                  {one.isRequired && <span className={classes.words}> · {t("api.required")}</span>}
                </dt>
                {one.description && <dd>{one.description}</dd>}
              </div>
            ))}
          </dl>
        </details>
      )}
      <div className={classes.buttons}>
        <Button type="submit" loading={isBusy} disabled={Boolean(scope) && !may(scope)}>
          {t("api.send")}
        </Button>
        <CopyButton value={command}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? "common.copied" : "api.copyCurl")}
            </Button>
          )}
        </CopyButton>
      </div>
      <Code label={t("api.curl")}>{command}</Code>
      {error !== undefined && <Problem error={error} />}
      {answer && (
        <div role="status">
          <p className={classes.about}>
            {t("api.answer", { status: answer.status, words: endpoint.responses[answer.status]?.description ?? answer.words, ms: answer.milliseconds })}
          </p>
          <Code label={t("api.answerBody")} isForeign>
            {answer.body || t("api.empty")}
          </Code>
        </div>
      )}
    </form>
  );
}
