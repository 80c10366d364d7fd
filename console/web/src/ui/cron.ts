/** What a cron expression says, in the reader's language: the API's own words are English. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

/** Fields in which a step may be too long, with their first value and how many they have; the API's words leave days as they are, too. */
const STEPPED = [
  { place: 0, first: 0, count: 60 },
  { place: 1, first: 0, count: 24 },
  { place: 3, first: 1, count: 12 },
];

/** Returns an expression with what a step beyond its field leaves: `0` in place of `*\/90`, which is no "every 90 minutes". */
function withoutLongSteps(cron: string): string {
  const fields = cron.split(" ");
  for (const { place, first, count } of STEPPED) {
    const step = /^\*\/(\d+)$/.exec(fields[place] ?? "");
    if (step && Number(step[1]) >= count) fields[place] = String(first);
  }
  return fields.join(" ");
}

type Describe = (cron: string) => string;

/** Languages besides English, loaded where they are read. */
export const LANGUAGES: Record<string, () => Promise<Describe>> = {
  de: async () => {
    const [{ default: cronstrue }] = await Promise.all([import("cronstrue"), import("cronstrue/locales/de")]);
    // "Every day" is worth a word behind a time of day, not behind "every 15 minutes".
    return (given) => {
      const cron = withoutLongSteps(given);
      return cronstrue.toString(cron, { locale: "de", use24HourTimeFormat: true, verbose: /^\d+ \d+ \* \* \*$/.test(cron) });
    };
  },
};

/** Words for an expression, given those of the API; they stay where the expression is none of the usual form. */
export function useCronWords(): (cron: string | null | undefined, english: string | null | undefined) => string {
  const { i18n } = useTranslation();
  const load = LANGUAGES[i18n.language];
  const describe = useQuery({ queryKey: ["cron words", i18n.language], queryFn: () => load!(), enabled: load !== undefined, staleTime: Infinity, gcTime: Infinity });
  return (cron, english) => {
    if (!load || !describe.data || !cron) return english ?? "";
    try {
      return describe.data(cron);
    } catch {
      return english ?? "";
    }
  };
}
