import { useTranslation } from "react-i18next";
import type { Preference } from "./queries";

export type Said = Pick<Preference, "user_id" | "channels" | "severity" | "quiet_hours" | "timezone">;

/** What preferences mean, in a sentence: of what somebody is notified, where, and when not. */
export function useMeaning(): (said: Said) => string {
  const { t } = useTranslation();
  return ({ user_id, channels, severity, quiet_hours, timezone }) => {
    const list = new Intl.ListFormat(t("common.locale"), { type: "conjunction" });
    const where = channels.length > 0 ? t("notifications.preferences.on", { channels: list.format(channels) }) : t("notifications.preferences.nowhere");
    const sentence = t("notifications.preferences.says", { user: user_id.trim() || t("notifications.preferences.they"), what: t(`notifications.preferences.of.${severity}`), where });
    const [from, to] = (quiet_hours ?? "").split("-").map((one) => one.trim());
    if (!from || !to) return sentence;
    return `${sentence} ${t("notifications.preferences.quiet", { from, to, zone: timezone || t("notifications.preferences.zoneOfSettings") })}`;
  };
}
