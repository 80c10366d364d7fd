/** The direction of imports: what a page loads must not lead back to the registry, which names all pages. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const SOURCES = import.meta.dirname;
const FILES = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".test.ts"));

/** What a file imports of our own: types included, and what is loaded later (`import()`). */
function importedBy(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(join(SOURCES, file), "utf8"))
    .importedFiles.map((imported) => imported.fileName)
    .filter((name) => name.startsWith("."))
    .flatMap((name) => {
      const path = relative(SOURCES, join(SOURCES, dirname(file), name));
      return FILES.find((one) => one === path || one.slice(0, -extname(one).length) === path || one === join(path, "index.ts")) ?? [];
    });
}

const IMPORTS = new Map(FILES.map((file) => [file, importedBy(file)]));

/** A way from a file back to itself; undefined: there is none. */
function wayBack(to: string, file = to, seen = new Set<string>()): string[] | undefined {
  for (const next of IMPORTS.get(file)!) {
    if (next === to) return [file];
    if (seen.has(next)) continue;
    seen.add(next);
    const rest = wayBack(to, next, seen);
    if (rest) return [file, ...rest];
  }
  return undefined;
}

test("no file imports itself through others", () => {
  expect(FILES.length).toBeGreaterThan(100);
  expect(FILES.flatMap((file) => (wayBack(file) ? [wayBack(file)!.join(" -> ")] : []))).toEqual([]);
});
