import { Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError } from "../../api/client";
import { said } from "../../ui/confirm";
import { Editor } from "./Editor";
import { WORKFLOWS } from "./waiting";
import { type Document, workflowQuery, type WorkflowReport } from "./queries";
import { asYaml } from "./yaml";
import classes from "./Workflows.module.css";

const CHANGED_MEANWHILE = [409, 412];

/** Change a workflow that there is; what somebody else has saved meanwhile is never lost. */
export default function Edit({ seen, onClose }: { seen: WorkflowReport; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  /** What was seen when one began; what comes in meanwhile changes nothing under the hands. */
  const [base, setBase] = useState(seen);
  const [text, setText] = useState(() => asYaml(seen.document));
  const [theirs, setTheirs] = useState<WorkflowReport>();
  const id = String(seen.id);

  async function save(document: Document) {
    try {
      await api.PUT("/api/processes/{id}", { params: { path: { id }, header: { "if-match": base.tag } }, body: { triggers: [], ...document, name: String(document.name) } });
    } catch (error) {
      if (!(error instanceof ApiError) || !CHANGED_MEANWHILE.includes(error.status)) throw error;
      const newest = await queries.fetchQuery({ ...workflowQuery(id), staleTime: 0 });
      if (newest.tag === base.tag) throw error;
      setTheirs(newest);
      return;
    }
    said(t("workflows.saved", { name: String(document.name) }));
    await queries.invalidateQueries({ queryKey: WORKFLOWS });
    onClose();
  }

  const decide = (isMine: boolean) => {
    if (!theirs) return;
    setBase(theirs);
    if (!isMine) setText(asYaml(theirs.document));
    setTheirs(undefined);
  };

  return (
    <Editor text={text} onChange={setText} onSave={save} onClose={onClose}>
      {theirs && (
        <div className={classes.conflict} role="alert">
          <p>{t("workflows.conflict", { revision: theirs.revision, mine: base.revision })}</p>
          <details>
            <summary>{t("workflows.theirs")}</summary>
            <pre tabIndex={0} className="foreign">{asYaml(theirs.document)}</pre>
          </details>
          <Group>
            <Button size="compact-sm" variant="default" onClick={() => decide(false)}>
              {t("workflows.takeTheirs")}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => decide(true)}>
              {t("workflows.keepMine")}
            </Button>
          </Group>
        </div>
      )}
    </Editor>
  );
}
