/** What the API's document says in English, in the reader's language where there is a file for it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Document, Operation, Schema } from "./document";

export interface Translation {
  /** What each area is about, by its name. */
  tags: Record<string, string>;
  /** What each operation does, by its id. */
  operations: Record<string, string>;
  /** What parameters and the fields of bodies mean, by what is said of them in English. */
  parameters: Record<string, string>;
}

const LANGUAGES: Record<string, () => Promise<{ default: Translation }>> = {
  de: () => import("../../i18n/api.de.json"),
};

/** The document with translated summaries; what has no translation stays English. */
export function translated(document: Document, { tags, operations, parameters }: Translation): Document {
  const paths = Object.entries(document.paths).map(([path, methods]) => [
    path,
    Object.fromEntries(
      Object.entries(methods).map(([method, operation]) => [method, explained(said(operation, operations[operation.operationId]), parameters)]),
    ),
  ]);
  const schemas = Object.fromEntries(Object.entries(document.components.schemas).map(([name, schema]) => [name, inOtherWords(schema, parameters)]));
  return { ...document, components: { ...document.components, schemas }, tags: document.tags.map((tag) => ({ ...tag, description: tags[tag.name] ?? tag.description })), paths: Object.fromEntries(paths) as Document["paths"] };
}

/** What a body consists of, its fields in other words. */
function inOtherWords(schema: Schema, words: Translation["parameters"]): Schema {
  if (!schema.properties) return schema;
  const fields = Object.entries(schema.properties).map(([name, one]) => [name, one.description ? { ...one, description: words[one.description] ?? one.description } : one]);
  return { ...schema, properties: Object.fromEntries(fields) };
}

/** One operation in other words; a description that only says the summary again goes with it. */
function said(operation: Operation, summary: string | undefined): Operation {
  if (!summary) return operation;
  const isSame = operation.description === `${operation.summary}.`;
  return { ...operation, summary, description: isSame ? undefined : operation.description };
}

/** The same with its parameters in other words. */
function explained(operation: Operation, words: Translation["parameters"]): Operation {
  if (!operation.parameters) return operation;
  const parameters = operation.parameters.map((one) => (one.description ? { ...one, description: words[one.description] ?? one.description } : one));
  return { ...operation, parameters };
}

/** The translation into the reader's language; undefined: there is none, or it is not there yet. */
export function useTranslationOfApi(): Translation | undefined {
  const { i18n } = useTranslation();
  const load = LANGUAGES[i18n.language];
  const found = useQuery({ queryKey: ["openapi words", i18n.language], queryFn: async () => (await load!()).default, enabled: load !== undefined, staleTime: Infinity, gcTime: Infinity });
  return load ? found.data : undefined;
}
