import { Button, FileButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Buttons } from "../../app/ActionsOn";
import { perform } from "../../app/perform";
import { useActionContext } from "../../app/useActionContext";
import { useRefresh } from "../../live/hooks";
import { failed } from "../../ui/confirm";
import { Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { template } from "./kinds";
import { shipped } from "./templates";
import { CHANGES, WORKFLOWS } from "./waiting";
import { type Template, templatesQuery } from "./queries";
import { parse } from "./yaml";
import classes from "./Workflows.module.css";

const CATEGORIES = ["emergency", "communication", "monitoring", "maintenance"];

/** What there is ready-made, by what it is for. */
export default function Templates() {
  const { t } = useTranslation();
  const found = useQuery(templatesQuery);
  useRefresh(CHANGES, WORKFLOWS);
  if (found.error && !found.data) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const all = found.data ?? [];
  const names = [...CATEGORIES, ...new Set(all.map(({ category }) => category).filter((one) => !CATEGORIES.includes(one)))];
  return (
    <Page title={t("workflows.templates")} lead={t("workflows.templatesLead")} actions={<TakeIn />}>
      {names.map((name) => {
        const its = all.filter(({ category }) => category === name);
        return (
          its.length > 0 && (
            <Section key={name} title={t(`workflows.categories.${name}`, { defaultValue: name })}>
              <ul className={classes.gallery}>
                {its.map((one) => (
                  <Card key={one.id} one={one} />
                ))}
              </ul>
            </Section>
          )
        );
      })}
    </Page>
  );
}

/** Take a template in from a file that was exported. */
function TakeIn() {
  const context = useActionContext();
  const { t, may } = context;
  if (!may("processes:create")) return null;
  async function take(file: File | null) {
    if (!file) return;
    const { document, problems } = parse(await file.text(), t("workflows.notAnObject"));
    if (!document) return failed(new Error(problems[0]?.message));
    await perform(context, WORKFLOWS, async () => {
      const saved = await read(api.POST("/api/processes/templates/import", { body: { document, replace: true } }));
      return t("workflows.templateMade", { name: saved.name });
    });
  }
  return (
    <FileButton accept=".yaml,.yml,.json" onChange={(file) => void take(file)}>
      {(how) => (
        <Button variant="default" {...how}>
          {t("workflows.takeTemplate")}
        </Button>
      )}
    </FileButton>
  );
}

function Card({ one }: { one: Template }) {
  const { t } = useTranslation();
  const { name, description } = shipped(one, t);
  return (
    <li className={classes.card}>
      <h3 className="foreign">{name}</h3>
      <p className="foreign">{description}</p>
      <div className={classes.foot}>
        <span className={classes.faint}>
          {t("workflows.used", { count: one.usage_count })}
          {one.created_by && ` · ${one.created_by}`}
        </span>
        <span className={classes.buttons}>
          <Buttons kind={template} thing={one} isRow size="compact-sm" />
        </span>
      </div>
    </li>
  );
}
