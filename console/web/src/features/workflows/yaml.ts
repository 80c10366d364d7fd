/** Definitions as YAML that people read and write, and where in it something is. */
import { isCollection, isNode, LineCounter, parseDocument, stringify } from "yaml";
import type { Tree } from "./queries";
import { asLine } from "./sentences";
import type { Document, Found } from "./queries";

const CONDITIONS = ["when", "if", "where"];

/** A problem of a text, with the line that it is on. */
export interface Placed {
  /** From 1; 0: of all of it. */
  line: number;
  place: string;
  message: string;
}

export interface Parsed {
  /** Undefined: the text is no document. */
  document?: Document;
  problems: Placed[];
  /** The line of a place such as `steps[2].with.text`; of one that is not written there the line of what is around it. */
  lineOf: (place: string) => number;
}

/** A stored form as YAML, its conditions in one line each, without what is empty. */
export function asYaml(document: object): string {
  return stringify(readable(document), { lineWidth: 96, aliasDuplicateObjects: false });
}

function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name, one]) => name === "steps" || name === "triggers" || !isEmpty(one));
  return Object.fromEntries(entries.map(([name, one]) => [name, CONDITIONS.includes(name) && typeof one === "object" ? asLine(one as Tree) : readable(one)]));
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

/** Read what somebody has typed; what is wrong with the YAML is in `problems`. */
export function parse(text: string, notAnObject: string): Parsed {
  const lines = new LineCounter();
  const found = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => lines.linePos(offset).line;
  const lineOf = (place: string) => {
    const path = pathOf(place);
    for (let length = path.length; length > 0; length--) {
      const node = found.getIn(path.slice(0, length), true);
      const parent = length > 1 ? found.getIn(path.slice(0, length - 1), true) : found.contents;
      const key = keyIn(parent, path[length - 1]!);
      const start = key ?? (isNode(node) ? node.range?.[0] : undefined);
      if (start !== undefined) return at(start);
    }
    return 0;
  };
  const wrong = found.errors.map(({ message, pos }) => ({ line: at(pos[0]), place: "", message }));
  if (wrong.length > 0) return { problems: wrong, lineOf };
  let document: unknown;
  try {
    document = found.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return { problems: [{ line: 0, place: "", message: String((error as Error).message) }], lineOf };
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) return { problems: [{ line: 0, place: "", message: notAnObject }], lineOf };
  return { document: document as Document, problems: [], lineOf };
}

/** Where the key of a pair begins. */
function keyIn(parent: unknown, key: string | number): number | undefined {
  if (!isCollection(parent) || typeof key === "number") return undefined;
  for (const item of parent.items as { key?: { value?: unknown; range?: [number, number, number] | null } }[]) if (item.key?.value === key) return item.key.range?.[0];
  return undefined;
}

/** `steps[2].with.text` as the names and numbers that lead there. */
export function pathOf(place: string): (string | number)[] {
  return [...place.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) => (index === undefined ? name! : Number(index)));
}

/** What the server has found, each on its line. */
export function placed(found: readonly Found[], parsed: Parsed): Placed[] {
  return found.map(({ place, message }) => ({ line: parsed.lineOf(place), place, message }));
}
