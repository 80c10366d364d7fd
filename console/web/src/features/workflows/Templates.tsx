import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { template } from "./kinds";
import { CHANGES, WORKFLOWS } from "./waiting";
import { type Template, templatesQuery } from "./queries";
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
    <Page title={t("workflows.templates")} lead={t("workflows.templatesLead")}>
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

function Card({ one }: { one: Template }) {
  const { t } = useTranslation();
  return (
    <li className={classes.card}>
      <h3 className="foreign">{one.name}</h3>
      <p className="foreign">{one.description}</p>
      <div className={classes.foot}>
        <span className={classes.faint}>
          {t("workflows.used", { count: one.usage_count })}
          {one.created_by && ` · ${one.created_by}`}
        </span>
        <Buttons kind={template} thing={one} isRow size="compact-sm" />
      </div>
    </li>
  );
}
