/** Languages: one file each, with the same keys; only the reader's is loaded. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

export const LANGUAGES: Record<string, { name: string; load: () => Promise<{ default: object }> }> = {
  en: { name: "English", load: async () => ({ default: en }) },
  de: { name: "Deutsch", load: () => import("./de.json") },
};

const KEPT = "meshvisor.language";

export async function start(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await choose(localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2));
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
}
