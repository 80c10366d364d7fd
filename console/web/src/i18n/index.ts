/** Languages: two files each, with the same keys; only the reader's are loaded. */
import i18next, { type PostProcessorModule } from "i18next";
import { initReactI18next } from "react-i18next";
import { recognize } from "./worded";

interface Language {
  name: string;
  load: () => Promise<{ default: object }>;
  /** What the server says, in this language; no page waits for it. */
  wordings: () => Promise<{ default: object }>;
  /** What only the pages of workflows say; these wait for it. */
  workflows: () => Promise<{ default: object }>;
}

export const LANGUAGES: Record<string, Language> = {
  en: { name: "English", load: () => import("./en.json"), wordings: () => import("./wordings.en.json"), workflows: () => import("./workflows.en.json") },
  de: { name: "Deutsch", load: () => import("./de.json"), wordings: () => import("./wordings.de.json"), workflows: () => import("./workflows.de.json") },
};

const KEPT = "meshvisor.language";

/** A sentence that ends with an abbreviation or with another sentence has one full stop: "seit 2 Sek." */
const fullStop: PostProcessorModule = {
  type: "postProcessor",
  name: "fullStop",
  process: (text: string) => (typeof text === "string" ? text.replace(/([^.])\.\.(?=\s|$)/g, "$1.") : text),
};

export async function start(): Promise<void> {
  await i18next.use(initReactI18next).use(fullStop).init({
    lng: "en",
    fallbackLng: "en",
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
    postProcess: ["fullStop"],
    react: { bindI18nStore: "added" }, // what is shown already is said anew
  });
  const wanted = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  await choose(wanted in LANGUAGES ? wanted : "en");
  void learn("en"); // for those who have chosen no other
}

/** Change to a language and keep the choice; one that there is not leaves all as it is. */
export async function choose(language: string): Promise<void> {
  const known = LANGUAGES[language];
  if (!known) return;
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await known.load()).default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  localStorage.setItem(KEPT, language);
  void learn(language);
}

const learned = new Map<string, Promise<void>>();

/** Load what the server says in a language; where that fails, it stays as the server says it. */
export function learn(language: string): Promise<void> {
  const learning = learned.get(language) ?? load(language).catch(() => void learned.delete(language));
  learned.set(language, learning);
  return learning;
}

async function load(language: string): Promise<void> {
  const { wordings, workflows } = LANGUAGES[language]!;
  const [texts, words, more] = await Promise.all([import("./wordings.json"), wordings(), workflows()]);
  recognize(texts.default);
  i18next.addResourceBundle(language, "translation", words.default, true);
  i18next.addResourceBundle(language, "translation", more.default, true);
}
