import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import classes from "./Api.module.css";
import { type Document, type Endpoint, documentQuery, endpoints } from "./document";
import { translated, useTranslationOfApi } from "./translated";
import { TryOut } from "./TryOut";

/** The HTTP API: what there is, and a form to try each of it in one's own name. */
export default function Api() {
  const { t } = useTranslation();
  const document = useQuery(documentQuery);
  const words = useTranslationOfApi();
  return (
    <Page title={t("api.title")} lead={t("api.lead")}>
      {document.error && <Problem error={document.error} onRetry={() => void document.refetch()} />}
      {document.data && <Endpoints document={words ? translated(document.data, words) : document.data} />}
    </Page>
  );
}

function Endpoints({ document }: { document: Document }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const wanted = String((useSearch({ strict: false }) as { text?: string }).text ?? "");
  const find = (text: string) => void navigate({ to: ".", search: { text: text || undefined } as never, replace: true });
  const all = useMemo(() => endpoints(document), [document]);
  const found = all.filter((one) => `${one.method} ${one.path} ${one.summary}`.toLowerCase().includes(wanted.trim().toLowerCase()));
  return (
    <>
      <TextInput className={classes.find} label={t("api.find")} value={wanted} onChange={(event) => find(event.target.value)} />
      {found.length === 0 && <Empty title={t("api.none")} />}
      {document.tags.map((tag) => {
        const ofTag = found.filter((one) => one.tags.includes(tag.name));
        if (ofTag.length === 0) return null;
        return (
          <Section key={tag.name} title={tag.name}>
            <p className={classes.about}>{tag.description}</p>
            {ofTag.map((one) => (
              <EndpointRow key={one.operationId} document={document} endpoint={one} />
            ))}
          </Section>
        );
      })}
    </>
  );
}

function EndpointRow({ document, endpoint }: { document: Document; endpoint: Endpoint }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={classes.endpoint} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={classes.summary}>
        <span className={classes.method}>{endpoint.method}</span>
        <span className={classes.path}>{endpoint.path}</span>
        <span className={classes.words}>{endpoint.summary}</span>
      </summary>
      {isOpen && <TryOut document={document} endpoint={endpoint} />}
    </details>
  );
}
