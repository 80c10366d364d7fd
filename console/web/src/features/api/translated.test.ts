import { expect, test } from "vitest";
import openapi from "../../../openapi.json";
import german from "../../i18n/api.de.json";
import { bodyFields, type Document, endpoints } from "./document";
import { translated } from "./translated";

const document = openapi as unknown as Document;

test("what is translated is there", () => {
  const ids = new Set(endpoints(document).map((one) => one.operationId));
  expect(Object.keys(german.operations).filter((id) => !ids.has(id))).toEqual([]);
});

test("a summary is in the reader's language, and one without a translation in English", () => {
  const { list_jobs: of, ...others } = german.operations;
  const found = endpoints(translated(document, { tags: german.tags, operations: { list_jobs: of }, parameters: german.parameters }));
  const limits = found.flatMap((one) => one.parameters ?? []).map((one) => one.description);
  expect(limits).toContain("Nur von diesem Mesh.");
  expect(limits).not.toContain("Only of this mesh.");
  expect(found.find((one) => one.operationId === "list_jobs")!.summary).toBe(of);
  expect(Object.keys(others)).toContain("show_job");
  expect(found.find((one) => one.operationId === "show_job")!.summary).toBe("Show one job with its history");
});

test("every field of a body says what it means in German, too", () => {
  const others = new Set(Object.values(german.parameters));
  const whole = translated(document, german);
  const found = endpoints(whole).flatMap((one) => bodyFields(whole, one));
  expect(found.find(({ name }) => name === "dry_run")).toMatchObject({ type: "boolean", isRequired: false });
  expect([...new Set(found.flatMap(({ description }) => description ?? []))].filter((one) => !others.has(one))).toEqual([]);
});
