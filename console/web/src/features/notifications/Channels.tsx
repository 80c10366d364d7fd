import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { Ago, distance } from "../../ui/Ago";
import { Example } from "../../ui/Example";
import { Empty, Section } from "../../ui/Page";
import { StateMark } from "../../ui/StateMark";
import type { Tone } from "../../ui/state";
import { type Column, Table } from "../../ui/Table";
import { useNow } from "../../ui/useNow";
import { channel } from "./kinds";
import classes from "./Notifications.module.css";
import { type Channel, STATES } from "./queries";

const EXAMPLE = `[channels.mail]
url = "mailtos://user:password@mail.example.org?to=ann@example.org"`;

/** The ways to people, whether they work, and how to try one. */
export function Channels({ channels }: { channels: Channel[] }) {
  const { t } = useTranslation();
  const columns: Column<Channel>[] = [
    { key: "name", title: t("notifications.channel"), width: "minmax(4.5rem, 1fr)", cell: (one) => <span className="foreign">{one.name}</span> },
    { key: "state", title: t("notifications.state"), width: "minmax(5.5rem, 2.4fr)", cell: (one) => <State channel={one} /> },
    { key: "address", title: t("notifications.address"), width: "minmax(7rem, 1.4fr)", wide: true, cell: (one) => (one.address ? <span className="mono foreign">{one.address}</span> : t(`notifications.kinds.${one.kind}`)) },
    { key: "takes", title: t("notifications.takes"), width: "minmax(7rem, 1.2fr)", wide: "medium", cell: (one) => t(one.everything ? `notifications.from.${one.severity}` : "notifications.onlyNamed") },
    { key: "counts", title: t("notifications.messages"), width: "minmax(7rem, 2fr)", wide: "medium", cell: (one) => <Counts counts={one.counts} /> },
    { key: "sent", title: t("notifications.lastSent"), width: "8rem", wide: true, numeric: true, cell: (one) => (one.sent_at ? <Ago at={one.sent_at} /> : "–") },
    {
      key: "test",
      title: t("common.actions"), isBare: true,
      width: "5rem",
      numeric: true,
      cell: (one) => <Buttons isRow kind={channel} thing={one} only={["notifications.test"]} />,
    },
  ];
  return (
    <Section title={t("notifications.channels")}>
      <Table label={t("notifications.channels")} columns={columns} rows={channels} rowKey={(one) => one.name} />
      {!channels.some((one) => one.everything) && (
        <Empty title={t("notifications.noChannel")}>
          <p className={classes.how}>{t("notifications.noChannelBody")}</p>
          <Example>
            {EXAMPLE}
          </Example>
        </Empty>
      )}
    </Section>
  );
}

/** How a channel is: the worst of it first. */
function State({ channel }: { channel: Channel }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const when = (at: string) => distance(Math.max(0, (Date.parse(at) - now) / 1000), i18n.language);
  const [tone, word, until] = ((): [Tone, string, string | null] => {
    if (!channel.enabled) return ["idle", "disabled", null];
    if (channel.failures > 0) return ["bad", "fails", channel.paused_until];
    if (channel.paused_until) return ["warn", "paused", channel.paused_until];
    if (channel.quiet_until) return ["shut", "quiet", channel.quiet_until];
    return ["ok", "ready", null];
  })();
  return (
    <StateMark tone={tone}>
      {t(`notifications.is.${word}`)}
      {until && <span className={classes.until}>, {t("notifications.again", { when: when(until) })}</span>}
    </StateMark>
  );
}

function Counts({ counts }: { counts: Record<string, number> }) {
  const { t } = useTranslation();
  const parts = STATES.filter((state) => counts[state]).map((state) => t(`notifications.count.${state}`, { count: counts[state] }));
  return parts.length > 0 ? parts.join(", ") : "–";
}
