import { Button, FileButton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { said } from "../../ui/confirm";
import { Page } from "../../ui/Page";
import { useDraft } from "../../ui/useDraft";
import { Editor } from "./Editor";
import { WORKFLOWS } from "./waiting";
import type { Document } from "./queries";

const EXAMPLE = `name: greet
description: Answer those who say hello.
triggers:
  - type: message_received
    when: text contains "hello"
key: "{{ user_id }}"
cooldown: 60
steps:
  - id: answer
    do: send_message
    with:
      text: Hello, {{ user_name | default("friend") }}!
`;

/** A workflow that is written, or pasted from a file that was exported. */
export default function NewWorkflow() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [text, setText, forget] = useDraft("workflows.add", EXAMPLE);
  async function save(document: Document) {
    // It begins by itself only when somebody activates it: there it is read first.
    const saved = await read(api.POST("/api/processes", { body: { triggers: [], ...document, name: String(document.name), is_active: false } }));
    forget();
    said(t("workflows.made", { name: saved.name }));
    await queries.invalidateQueries({ queryKey: WORKFLOWS });
    await navigate({ to: "/workflows/$id", params: { id: String(saved.process_id) } });
  }
  return (
    <Page
      title={t("workflows.add")}
      lead={
        <>
          {t("workflows.addLead")} <Link to="/workflows/templates">{t("workflows.toTemplates")}</Link>
        </>
      }
      actions={
        <FileButton accept=".yaml,.yml,.json" onChange={(file) => void file?.text().then(setText)}>
          {(how) => (
            <Button variant="default" {...how}>
              {t("workflows.openFile")}
            </Button>
          )}
        </FileButton>
      }
    >
      <Editor text={text} onChange={setText} onSave={save} onClose={() => void navigate({ to: "/workflows" })} />
    </Page>
  );
}
