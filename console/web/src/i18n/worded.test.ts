// @vitest-environment happy-dom
import { beforeAll, describe, expect, test } from "vitest";
import { choose, learn, start } from ".";
import { fieldProblem, said, worded } from "./worded";
import de from "./wordings.de.json";
import en from "./wordings.en.json";
import texts from "./wordings.json";

beforeAll(async () => {
  await start();
  await Promise.all([learn("en"), learn("de")]);
});

/** The sentence that the server makes of a wording, with something in each blank. */
function made(text: string): string {
  return text.replace(/\{(\w+)(!r)?(?::[^}]*)?\}/g, (_, name: string, quoted?: string) => (quoted ? `'${name} xy'` : `${name} xy`));
}

const LANGUAGES = { en: en.wordings, de: de.wordings } as Record<string, Record<string, Record<string, string>>>;

describe.each(Object.keys(LANGUAGES))("in the language %s", (language) => {
  test.each(Object.entries(texts))("%s is recognized and said with what it fills in", async (code, text) => {
    await choose(language);
    const [area = "", name = ""] = code.split(".");
    const wanted = LANGUAGES[language]![area]![name]!.replace(/\{\{(\w+)\}\}/g, (_, blank: string) => `${blank} xy`);
    expect(worded(made(text))).toBe(wanted);
    if (text.startsWith("{")) return; // a name, which stays as it is
    const sentence = made(text);
    expect(worded(`${sentence[0]!.toUpperCase()}${sentence.slice(1).replace(/\.$/, "")}.`)).toBe(wanted);
  });
});

test("what nobody knows stays as it is", async () => {
  await choose("de");
  for (const text of ["", "Boom!", "HTTP 500: it is", "there is no"]) expect(worded(text)).toBe(text);
  expect(said("nothing.like.that", {})).toBeUndefined();
  expect(fieldProblem({ detail: "odd", code: "odd" })).toBe("odd");
});

test("a sentence within a sentence and a moment are said in the same language", async () => {
  await choose("de");
  expect(worded("There is no mesh 'loby'; did you mean lobby?")).toBe("Es gibt kein Mesh loby. Meinten Sie lobby?");
  expect(worded("There is no mesh 'loby'; 'meshvisor meshes list' shows those there are.")).toBe("Es gibt kein Mesh loby. Die Liste zeigt, welche es gibt.");
  expect(worded("tell: There is no mesh 'loby'; did you mean lobby?")).toBe("tell: Es gibt kein Mesh loby. Meinten Sie lobby?");
  // What failures are counted under, without the number of each job.
  expect(worded("one: job … has failed: ConnectError: closed")).toBe("one: Auftrag … ist fehlgeschlagen: ConnectError: closed.");
  expect(worded("It pauses after its present item.")).toBe("Er pausiert nach dem Teil, an dem er gerade ist.");
  expect(worded("Somebody has paused it until 2026-11-30T08:00:00.000+00:00; meshvisor jobs resume 7 lets it go on.")).toMatch(/^Jemand hat ihn bis 30\.11\.2026/);
  expect(worded('there is no operator "o\'neill"; \'meshvisor operators list\' shows those there are')).toBe("Es gibt keinen Operator o'neill (mehr).");
});
