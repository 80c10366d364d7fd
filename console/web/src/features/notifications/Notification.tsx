import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { Ago } from "../../ui/Ago";
import { type Fact, FactList } from "../../ui/FactList";
import { Explained } from "../../ui/Explained";
import { Empty, Page, Section } from "../../ui/Page";
import { PageProblem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { notification } from "./kinds";
import classes from "./Notifications.module.css";
import { CHANGES, NOTIFICATIONS, notificationQuery, type Report, SEVERITY_TONES, TONES } from "./queries";
import { worded } from "../../i18n/worded";

/** One notification: what it says, and what became of it on each channel. */
export default function NotificationPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const found = useQuery(notificationQuery(Number(id)));
  useRefresh(CHANGES, NOTIFICATIONS);
  if (found.error && !found.data) return <PageProblem error={found.error} onRetry={() => void found.refetch()} missing={t("notifications.missing", { id })} list={{ path: "/notifications", title: t("notifications.title") }} />;
  if (!found.data) return null;
  const one = found.data;
  return (
    <Page title={one.title} lead={<Lead one={one} />} actions={<Buttons kind={notification} thing={one} />}>
      {one.text && <p className={`${classes.text} foreign`}>{one.text}</p>}
      <Ways one={one} />
      <Facts one={one} />
    </Page>
  );
}

function Lead({ one }: { one: Report }) {
  const { t } = useTranslation();
  return (
    <span className={classes.lead}>
      <StateMark tone={TONES[one.state] ?? "idle"}>{t(`notifications.states.${one.state}`)}</StateMark>
      <StateMark tone={SEVERITY_TONES[one.severity] ?? "idle"}>{t(`notifications.severities.${one.severity}`)}</StateMark>
      <Ago at={one.created_at} />
    </span>
  );
}

function Ways({ one }: { one: Report }) {
  const { t } = useTranslation();
  return (
    <Section title={t("notifications.ways")}>
      {one.deliveries.length === 0 && <Empty title={t("notifications.nobodyTold")}>{one.reason ? worded(one.reason) : t("notifications.noWay")}</Empty>}
      <ul className={classes.ways}>
        {one.deliveries.map((way) => (
          <li key={way.channel}>
            <StateMark tone={TONES[way.state] ?? "idle"}>{t(`notifications.states.${way.state}`)}</StateMark>
            <span className="foreign">
              {way.channel}
              {way.reason && <Explained text={way.reason} />}
            </span>
            <span className={classes.faint}>
              {way.attempts > 0 && `${t("notifications.attempts", { count: way.attempts })} `}
              {way.due_at ? (
                <>
                  {t("notifications.due")} <Ago at={way.due_at} isDue />
                </>
              ) : (
                <Ago at={way.changed_at} />
              )}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Facts({ one }: { one: Report }) {
  const { t } = useTranslation();
  const facts: Fact[] = [
    [t("notifications.source"), one.source],
    [t("notifications.user"), one.user_id],
    [t("notifications.mesh"), one.mesh_id && <Link to="/fleet/$id" params={{ id: one.mesh_id }}>{one.mesh_id}</Link>],
    [t("notifications.key"), one.key],
    [t("notifications.happened"), one.count > 1 ? t("notifications.times", { count: one.count }) : null],
  ];
  return (
    <Section title={t("notifications.facts")}>
      <FactList facts={facts} />
    </Section>
  );
}
