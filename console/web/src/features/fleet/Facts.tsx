import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Fact, FactList } from "../../ui/FactList";
import { median, megabytes, milliseconds } from "../../ui/format";
import { Ago, distance } from "../../ui/Ago";
import { Lasting } from "../../ui/Lasting";
import { Section } from "../../ui/Page";
import { fleetQuery, historyQuery, type MeshHealth } from "./queries";

/** A heart that has beaten within so many seconds beats: how long ago changes faster than it is read. */
const BEATS = 3;

/** Figures of one mesh, beside the median of all; at: when they were read, in epoch milliseconds. */
export function Facts({ mesh, at }: { mesh: MeshHealth; at: number }) {
  const { t, i18n } = useTranslation();
  const fleet = useQuery(fleetQuery);
  const history = useQuery(historyQuery(mesh.mesh_id));
  /** Lag and memory are written beside their lines, as soon as there are some. */
  const isDrawn = (history.data?.samples.length ?? 0) > 1;
  const meshes = fleet.data?.meshes ?? [];
  const beside = (value: number | null | undefined, all: number | undefined, write: (value: number, language: string) => string) =>
    value === null || value === undefined ? null : all === undefined ? write(value, i18n.language) : t("fleet.besides", { value: write(value, i18n.language), all: write(all, i18n.language) });
  const facts: Fact[] = [
    [t("fleet.server"), mesh.server],
    [t("fleet.address"), mesh.address],
    [t("fleet.network"), mesh.transport],
    [t("fleet.account"), mesh.account],
    [t("fleet.pid"), mesh.pid],
    [t("fleet.uptime"), mesh.uptime_seconds === null ? null : <Lasting seconds={mesh.uptime_seconds} at={at} />],
    [t("fleet.restarts"), mesh.restarts],
    [t("fleet.attempts"), mesh.connection_attempts],
    [t("fleet.lag"), isDrawn ? null : beside(mesh.event_loop_lag_ms, median(meshes.map((one) => one.event_loop_lag_ms)), milliseconds)],
    [t("fleet.memory"), isDrawn ? null : beside(mesh.memory_bytes, median(meshes.map((one) => one.memory_bytes)), megabytes)],
    [t("fleet.heartbeat"), mesh.heartbeat_age_seconds == null ? null : <Heartbeat age={mesh.heartbeat_age_seconds} at={at} />],
    [t("fleet.lastError"), mesh.last_error],
    [t("fleet.remark"), mesh.remark],
  ];
  return (
    <Section title={t("fleet.facts")}>
      <FactList facts={facts} />
    </Section>
  );
}

function Heartbeat({ age, at }: { age: number; at: number }) {
  const { i18n } = useTranslation();
  return age < BEATS ? <>{distance(0, i18n.language)}</> : <Ago at={at - age * 1000} />;
}
