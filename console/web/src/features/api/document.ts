/** The API's own document, as the page reads it: operations by area, and an example of each body. */
import { queryOptions } from "@tanstack/react-query";

export interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  description?: string;
  schema: Schema;
}

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string }>;
  "x-scope"?: string;
}

export interface Document {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** An operation, and where it is. */
export interface Endpoint extends Operation {
  method: string;
  path: string;
}

export const documentQuery = queryOptions({
  queryKey: ["openapi"],
  queryFn: async () => (await fetch("/api/openapi.json")).json() as Promise<Document>,
  staleTime: Infinity,
});

/** All operations, in the order of the document. */
export function endpoints(document: Document): Endpoint[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** The JSON that a body may look like, empty where the operation takes none. */
export function exampleBody(document: Document, operation: Operation): string {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  return schema ? JSON.stringify(example(document, schema), null, 2) : "";
}

/** What a body may hold: each field, how its value looks, and what it means. */
export interface Field {
  name: string;
  type: string;
  isRequired: boolean;
  description?: string;
}

/** The fields of the body that an operation takes; of one of several kinds, those of all. */
export function bodyFields(document: Document, operation: Operation): Field[] {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const whole = schema && resolved(document, schema);
  const kinds = whole?.anyOf?.map((one) => resolved(document, one)) ?? (whole ? [whole] : []);
  const fields = kinds.flatMap((kind) =>
    Object.entries(kind.properties ?? {}).map(([name, one]) => {
      const { description } = resolved(document, one);
      return { name, type: typeOf(document, one), isRequired: kind.required?.includes(name) ?? false, description: one.description ?? description };
    }),
  );
  return [...new Map(fields.map((field) => [field.name, field])).values()];
}

function resolved(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name ? { ...document.components.schemas[name], ...schema, $ref: undefined } : schema;
}

/** As JSON has it: `string`, `integer[]`, or the values that there are. */
function typeOf(document: Document, schema: Schema): string {
  const whole = resolved(document, schema);
  if (whole.anyOf) return [...new Set(whole.anyOf.map((one) => typeOf(document, one)))].join(" | ");
  if (whole.enum) return whole.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (whole.const !== undefined) return JSON.stringify(whole.const);
  if (whole.type === "array") return `${whole.items ? typeOf(document, whole.items) : ""}[]`;
  return whole.type ?? "";
}

/** The deepest that an example goes; schemas may name themselves. */
const DEEPEST = 6;

/** What a field may look like: its example, its default, or something of its type. */
export function example(document: Document, schema: Schema, depth = 0): unknown {
  const name = schema.$ref?.split("/").at(-1);
  const whole = name ? { ...document.components.schemas[name], ...schema } : schema;
  if (whole.examples?.length) return whole.examples[0];
  if (whole.default !== undefined) return whole.default;
  if (whole.const !== undefined) return whole.const;
  if (whole.enum) return whole.enum[0];
  if (depth > DEEPEST) return null;
  // What may be left out is left out.
  if (whole.anyOf?.some((one) => one.type === "null")) return null;
  if (whole.anyOf?.[0]) return example(document, whole.anyOf[0], depth + 1);
  switch (whole.type) {
    case "object":
      return Object.fromEntries(Object.entries(whole.properties ?? {}).map(([key, one]) => [key, example(document, one, depth + 1)]));
    case "array":
      return whole.items ? [example(document, whole.items, depth + 1)] : [];
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    case "string":
      return "";
    default:
      return null;
  }
}

/** Where a request goes: the path with its parameters filled in, and the query. */
export function address(endpoint: Endpoint, values: Record<string, string>): string {
  const query = new URLSearchParams();
  let path = endpoint.path;
  for (const parameter of endpoint.parameters ?? []) {
    const value = values[parameter.name] ?? "";
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    if (parameter.in === "query" && value) for (const one of value.split(",")) query.append(parameter.name, one);
  }
  return query.size ? `${path}?${query}` : path;
}

/** The same request for a terminal. */
export function curl(endpoint: Endpoint, where: string, headers: Record<string, string>, body: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = [`curl -X ${endpoint.method} -H "Authorization: Bearer $TOKEN"`];
  if (body) lines.push(`-H 'Content-Type: application/json' -d ${quoted(body)}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  return [...lines, quoted(location.origin + where)].join(" \\\n  ");
}
