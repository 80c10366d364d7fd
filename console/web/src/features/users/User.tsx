import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { type Fact, FactList } from "../../ui/FactList";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { ALERTS, CHANGES as ALERT_CHANGES, ofUserQuery, TONES } from "../alerts/queries";
import { SeverityMark } from "../alerts/SeverityMark";
import { ofEvent } from "../events/entries";
import { AddUser } from "./AddUser";
import { user as kind } from "./kinds";
import { CHANGES, doingsQuery, type Position, positionsQuery, userQuery, type UserReport, USERS } from "./queries";
import { Online } from "./Users";
import classes from "./Users.module.css";

const Track = lazy(() => import("../zones/Track"));

/** One user: whether they are there, where they were, and what they have caused. */
export default function UserPage() {
  const { may } = useSession();
  const navigate = useNavigate();
  const { id } = useParams({ strict: false }) as { id: string };
  const search = useSearch({ strict: false }) as { open?: string };
  const found = useQuery(userQuery(id));
  useRefresh([...CHANGES, "message."], USERS);
  useRefresh(ALERT_CHANGES, ALERTS);
  if (found.error && !found.data) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return null;
  const one = found.data;
  return (
    <Page title={one.name || one.user_id} lead={<Lead one={one} />} actions={<Buttons kind={kind} thing={one} />}>
      <div className={classes.columns}>
        <div className={classes.column}>
          <Positions id={id} />
          {may("events:view") && <Doings id={id} />}
        </div>
        <div className={classes.column}>
          <Facts one={one} />
          <Meshes one={one} />
          <Alerts id={id} />
        </div>
      </div>
      <AddUser isOpen={search.open === "edit"} seen={one} onClose={() => void navigate({ to: "/users/$id", params: { id }, search: {} as never, replace: true })} />
    </Page>
  );
}

function Lead({ one }: { one: UserReport }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const doings = useQuery({ ...doingsQuery(one.user_id), enabled: may("events:view") });
  /** Nothing is known of when that was where it is longer ago than the events that are read. */
  const came = one.is_online ? doings.data?.find(({ kind }) => kind === "user.online") : undefined;
  return (
    <span className={classes.lead}>
      <span>
        <Online user={one} />
        {came && (
          <>
            , {t("users.came")} <Ago at={came.at} />
          </>
        )}
      </span>
      <span className="foreign">
        {one.last_seen_at ? (
          <>
            {t(one.mesh_id ? "users.lastSeenIn" : "users.lastSeen", { mesh: one.mesh_id })} <Ago at={one.last_seen_at} />
          </>
        ) : (
          t("users.neverSeen")
        )}
      </span>
    </span>
  );
}

function Facts({ one }: { one: UserReport }) {
  const { t } = useTranslation();
  const zones = one.zones.map((zone) => (
    <div key={zone}>
      <Link to="/zones" search={{ zone } as never}>
        {zone}
      </Link>
    </div>
  ));
  const facts: Fact[] = [
    [t("users.id"), <span className="mono">{one.user_id}</span>],
    [t("users.groups"), one.groups.join(", ") || t("users.noGroup")],
    [t("users.zones"), zones.length > 0 ? zones : t("users.noZone")],
    [t("users.note"), one.note],
    [t("users.firstSeen"), one.first_seen_at && <Ago at={one.first_seen_at} />],
    [t("users.registered"), one.registered_at ? <><Ago at={one.registered_at} />, {one.registered_by}</> : t("users.notRegistered")],
  ];
  return (
    <Section title={t("users.facts")} aside={<Edit />}>
      <FactList facts={facts} />
    </Section>
  );
}

function Edit() {
  const { t } = useTranslation();
  const { may } = useSession();
  if (!may("station:edit")) return null;
  return (
    <Link to="." search={{ open: "edit" } as never}>
      {t("users.edit")}
    </Link>
  );
}

function Meshes({ one }: { one: UserReport }) {
  const { t } = useTranslation();
  if (one.meshes.length === 0) return null;
  return (
    <Section title={t("users.seenIn")}>
      <FactList facts={one.meshes.map(({ mesh_id, last_seen_at }) => [mesh_id, <Link key={mesh_id} to="/fleet/$id" params={{ id: mesh_id }}><Ago at={last_seen_at} /></Link>])} />
    </Section>
  );
}

function Alerts({ id }: { id: string }) {
  const { t } = useTranslation();
  const alerts = useQuery(ofUserQuery(id));
  if (!alerts.data || alerts.data.length === 0) return null;
  return (
    <Section title={t("users.alerts")}>
      <ul className={classes.doings}>
        {alerts.data.map((one) => (
          <li key={one.id}>
            <span className="foreign">
              <SeverityMark severity={one.severity} />{" "}
              <Link to="/alerts/$id" params={{ id: String(one.id) }}>
                {one.title}
              </Link>
            </span>
            <StateMark tone={TONES[one.state] ?? "idle"}>{t(`alerts.states.${one.state}`)}</StateMark>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Positions({ id }: { id: string }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery(positionsQuery(id));
  const rows = list.data?.pages.flatMap((page) => page.positions) ?? [];
  const columns: Column<Position>[] = [
    { key: "at", title: t("users.at"), width: "8rem", cell: (one) => <Ago at={one.at} /> },
    { key: "where", title: t("users.position"), width: "minmax(9rem, 1fr)", cell: (one) => <span className="mono">{`${one.latitude.toFixed(5)}, ${one.longitude.toFixed(5)}`}</span> },
    { key: "accuracy", title: t("users.accuracy"), width: "6rem", wide: true, numeric: true, cell: (one) => (one.accuracy_m === null ? "–" : t("zones.metres", { value: Math.round(one.accuracy_m) })) },
    { key: "source", title: t("alerts.source"), width: "minmax(5rem, 0.6fr)", wide: true, cell: (one) => <span className="foreign">{one.mesh_id ?? one.source}</span> },
  ];
  return (
    <Section title={t("users.positions")}>
      {list.error && !list.data && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t("users.noPosition")}>{t("users.noPositionBody")}</Empty>}
      {rows.length > 0 && (
        <>
          <Suspense>
            <Track positions={rows} />
          </Suspense>
          <Table label={t("users.positions")} columns={columns} rows={rows} rowKey={(one) => one.at} onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined} />
        </>
      )}
    </Section>
  );
}

function Doings({ id }: { id: string }) {
  const { t } = useTranslation();
  const doings = useQuery(doingsQuery(id));
  if (!doings.data) return null;
  return (
    <Section title={t("users.doings")}>
      {doings.data.length === 0 && <Empty title={t("users.noDoings")} />}
      {doings.data.length > 0 && (
        <ol className={classes.doings} tabIndex={0} aria-label={t("users.doings")}>
          {doings.data.map((event) => (
            <li key={event.seq}>
              <span className="foreign">{ofEvent(event, t).sentence}</span>
              <Ago at={event.at} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
