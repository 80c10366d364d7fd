import { Button, Group, Stack } from "@mantine/core";
import { modals } from "@mantine/modals";
import i18next from "i18next";
import { said } from "../../ui/confirm";
import { asYaml } from "./yaml";
import classes from "./Workflows.module.css";

/** Show a definition as a file, to be copied or kept; importing takes it as it is. */
export function showExport(name: string, document: object, body?: string): void {
  const t = i18next.t.bind(i18next);
  const yaml = asYaml(document);
  modals.open({
    title: t("workflows.exportTitle", { name }),
    size: "lg",
    children: (
      <Stack>
        <p className={classes.description}>{body ?? t("workflows.exportBody")}</p>
        <pre className={`${classes.exported} foreign`} tabIndex={0} aria-label={t("workflows.yaml")}>
          {yaml}
        </pre>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => void navigator.clipboard.writeText(yaml).then(() => said(t("workflows.copied")))}>
            {t("workflows.copy")}
          </Button>
          <Button variant="default" onClick={() => keep(`${name}.json`, `${JSON.stringify(document, null, 2)}\n`)}>
            {t("workflows.asJson")}
          </Button>
          <Button onClick={() => keep(`${name}.yaml`, yaml)}>{t("workflows.asYaml")}</Button>
        </Group>
      </Stack>
    ),
  });
}

/** Have the browser keep a text as a file. */
function keep(name: string, text: string) {
  const link = window.document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
