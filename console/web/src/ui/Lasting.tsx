import { useTranslation } from "react-i18next";
import { lasting } from "./format";
import { useNow } from "./useNow";

/** A length of time that goes on: so many seconds at a moment, in epoch milliseconds. */
export function useLasting(seconds: number, at: number): string {
  const { i18n } = useTranslation();
  const now = useNow();
  return lasting(seconds + Math.max(0, now - at) / 1000, i18n.language);
}

export function Lasting({ seconds, at }: { seconds: number; at: number }) {
  return <>{useLasting(seconds, at)}</>;
}
