import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { Ago } from "../../ui/Ago";
import { type Fact, FactList } from "../../ui/FactList";
import { lasting } from "../../ui/format";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import type { Tone } from "../../ui/state";
import { useNow } from "../../ui/useNow";
import { zone as kind } from "./kinds";
import { length } from "./length";
import { Size } from "./List";
import { type Zone, type ZoneUser, zoneUsersQuery } from "./queries";
import classes from "./Zones.module.css";

const TONES: Record<string, Tone> = { entering: "busy", inside: "ok", leaving: "warn" };

/** One zone: what it is, who is in it, and what can be done with it. */
export function OneZone({ zone }: { zone: Zone }) {
  const { t, i18n } = useTranslation();
  const facts: Fact[] = [
    [t("zones.description"), zone.description],
    [t("zones.shape"), <Size key="size" zone={zone} />],
    [t("zones.state"), zone.enabled ? null : <StateMark tone="idle">{t("zones.disabled")}</StateMark>],
    [t("zones.hysteresis"), zone.hysteresis_m === null ? null : length(zone.hysteresis_m, i18n.language)],
    [t("zones.dwell"), zone.dwell_s === null ? null : lasting(zone.dwell_s, i18n.language)],
    [t("zones.changed"), <span key="changed"><Ago at={zone.updated_at} />, {zone.updated_by}</span>],
  ];
  return (
    <Section title={zone.name}>
      <div className={classes.buttons}>
        <Buttons size="compact-sm" kind={kind} thing={zone} />
      </div>
      <FactList facts={facts} />
      <Inside name={zone.name} />
    </Section>
  );
}

/** How somebody is there, and for how long. */
function Standing({ user }: { user: ZoneUser }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  return t(`zones.standing.${user.state}`, { time: lasting((now - Date.parse(user.since)) / 1000, i18n.language) });
}

function Inside({ name }: { name: string }) {
  const { t } = useTranslation();
  const users = useQuery(zoneUsersQuery(name));
  if (users.error && !users.data) return <Problem error={users.error} onRetry={() => void users.refetch()} />;
  if (!users.data) return null;
  if (users.data.users.length === 0) return <p className={classes.soft}>{t("zones.nobody")}</p>;
  return (
    <ul className={classes.users} aria-label={t("zones.inside")}>
      {users.data.users.map((user) => (
        <li key={user.user_id}>
          <Link className="foreign" to="/users/$id" params={{ id: user.user_id }}>
            {user.name || user.user_id}
          </Link>
          <StateMark tone={TONES[user.state] ?? "idle"}>
            <Standing user={user} />
          </StateMark>
        </li>
      ))}
    </ul>
  );
}
