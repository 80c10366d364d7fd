import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { SelectionButtons } from "../../app/ActionsOn";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { megabytes, milliseconds } from "../../ui/format";
import { Lasting } from "../../ui/Lasting";
import { Empty, Page } from "../../ui/Page";
import { type Picks, usePickColumn, usePicks } from "../../ui/picks";
import { Problem } from "../../ui/Problem";
import { SelectionBar } from "../../ui/SelectionBar";
import { StateMark, StateShape } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import type { Tone } from "../../ui/state";
import { Views } from "../../ui/Views";
import { Blocked } from "./Blocked";
import classes from "./Fleet.module.css";
import { mesh } from "./kinds";
import { fleetQuery, wantedQuery } from "./queries";
import { counts, type MeshStatus, ORDER, toneOf, worstFirst } from "./tones";

interface FleetSearch {
  tone?: Tone[];
  q?: string;
}

/** All meshes as they are now; the filters are in the address. */
export default function Fleet() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as FleetSearch;
  const fleet = useQuery(fleetQuery);
  const picks = usePicks();
  const set = (changed: FleetSearch) => void navigate({ to: "/fleet", search: { ...search, ...changed } as never, replace: true });
  const meshes = fleet.data?.meshes ?? [];
  const rows = shown(meshes, search);
  const chosen = rows.filter((mesh) => picks.keys.has(mesh.mesh_id)); // never one that a filter hides
  return (
    <Page
      title={t("fleet.title")}
      actions={
        <Button variant="default" onClick={() => void navigate({ to: "/discovery" })}>
          {t("fleet.discovery")}
        </Button>
      }
    >
      {fleet.error && <Problem error={fleet.error} onRetry={() => void fleet.refetch()} />}
      {fleet.data && meshes.length === 0 && <Empty title={t("fleet.none")}>{t("fleet.noneBody")}</Empty>}
      {meshes.length > 0 && <Filters meshes={meshes} search={search} set={set} />}
      {meshes.length > 0 && rows.length === 0 && <Empty title={t("fleet.noneLikeThat")} />}
      {rows.length > 0 && <MeshTable rows={rows} picks={picks} />}
      {chosen.length > 0 && (
        <SelectionBar label={t("fleet.selected", { count: chosen.length })} onClear={() => picks.set([])}>
          <SelectionButtons kind={mesh} things={chosen} onDone={() => picks.set([])} />
        </SelectionBar>
      )}
      <Blocked />
    </Page>
  );
}

/** Those that match, what needs a person first. */
function shown(meshes: readonly MeshStatus[], search: FleetSearch): MeshStatus[] {
  const wanted = (search.q ?? "").toLowerCase();
  const tones = search.tone ?? [];
  return meshes
    .filter((mesh) => tones.length === 0 || tones.includes(toneOf(mesh)))
    .filter((mesh) => `${mesh.mesh_id} ${mesh.address ?? ""} ${mesh.transport ?? ""} ${mesh.last_error ?? ""}`.toLowerCase().includes(wanted))
    .sort(worstFirst);
}

function Filters({ meshes, search, set }: { meshes: MeshStatus[]; search: FleetSearch; set: (changed: FleetSearch) => void }) {
  const { t } = useTranslation();
  const total = counts(meshes);
  const tones = search.tone ?? [];
  const toggle = (tone: Tone) => {
    const next = tones.includes(tone) ? tones.filter((other) => other !== tone) : [...tones, tone];
    set({ tone: next.length > 0 ? next : undefined });
  };
  return (
    <FilterBar>
      <TextInput size="xs" aria-label={t("fleet.search")} placeholder={t("fleet.search")} value={search.q ?? ""} onChange={(event) => set({ q: event.target.value || undefined })} />
      {ORDER.filter((tone) => total[tone] > 0 || tones.includes(tone)).map((tone) => (
        <FilterButton key={tone} isChosen={tones.includes(tone)} onToggle={() => toggle(tone)}>
          <StateShape tone={tone} size={9} /> {t(`fleet.tone.${tone}`)} <span className="numbers">{total[tone]}</span>
        </FilterButton>
      ))}
      <Views />
      <span className={`${classes.hint} ${classes.wide} ${classes.end}`}>{t("fleet.keys")}</span>
    </FilterBar>
  );
}

function MeshTable({ rows, picks }: { rows: MeshStatus[]; picks: Picks }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const wanted = useQuery(wantedQuery);
  const { dataUpdatedAt: at } = useQuery(fleetQuery);
  const servers = new Map(wanted.data?.meshes.map((mesh) => [mesh.mesh_id, mesh.server]));
  const columns: Column<MeshStatus>[] = [
    usePickColumn({ picks, rows, keyOf: ({ mesh_id }) => mesh_id, sayOf: ({ mesh_id }) => t("fleet.select", { mesh: mesh_id }) }),
    { key: "mesh", title: t("fleet.mesh"), width: "minmax(6rem, 2fr)", cell: (mesh) => <span className="foreign">{mesh.mesh_id}</span> },
    { key: "state", title: t("fleet.state"), width: "minmax(8rem, 1.5fr)", cell: (mesh) => <StateMark tone={toneOf(mesh)}>{t(mesh.trouble ? `fleet.trouble.${mesh.trouble}` : `fleet.states.${mesh.state}`)}</StateMark> },
    { key: "server", title: t("fleet.server"), width: "minmax(8rem, 2fr)", wide: true, cell: (mesh) => <span className="foreign">{[servers.get(mesh.mesh_id), mesh.address].filter(Boolean).join(" · ")}</span> },
    { key: "uptime", title: t("fleet.uptime"), width: "7rem", numeric: true, wide: "medium", cell: (mesh) => (mesh.uptime_seconds === null ? "–" : <Lasting seconds={mesh.uptime_seconds} at={at} />) },
    { key: "restarts", title: t("fleet.restarts"), width: "5.5rem", numeric: true, wide: "medium", cell: (mesh) => mesh.restarts },
    { key: "lag", title: t("fleet.lag"), width: "6rem", numeric: true, wide: "medium", cell: (mesh) => (mesh.event_loop_lag_ms === null ? "–" : milliseconds(mesh.event_loop_lag_ms, i18n.language)) },
    { key: "memory", title: t("fleet.memory"), width: "5.5rem", numeric: true, wide: "medium", cell: (mesh) => (mesh.memory_bytes === null ? "–" : megabytes(mesh.memory_bytes, i18n.language)) },
  ];
  return (
    <Table
      label={t("fleet.title")}
      columns={columns}
      rows={rows}
      rowKey={(mesh) => mesh.mesh_id}
      selected={picks.keys}
      onSelect={picks.toggle}
      onOpen={(mesh) => void navigate({ to: "/fleet/$id", params: { id: mesh.mesh_id } })}
    />
  );
}
