import { Button, Checkbox, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../../session/session";
import { lasting, megabytes, milliseconds } from "../../ui/format";
import { Empty, Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark, StateShape } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import type { Tone } from "../../ui/state";
import { Block } from "./Block";
import { Blocked } from "./Blocked";
import classes from "./Fleet.module.css";
import { fleetQuery, wantedQuery } from "./queries";
import { counts, type MeshStatus, ORDER, toneOf, worstFirst } from "./tones";
import { type Act, POSSIBLE, useAct } from "./useAct";

interface FleetSearch {
  tone?: Tone[];
  q?: string;
}

const ACTS: Act[] = ["start", "restart", "stop"];

/** All meshes as they are now; the filters are in the address. */
export default function Fleet() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as FleetSearch;
  const fleet = useQuery(fleetQuery);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const set = (changed: FleetSearch) => void navigate({ to: "/fleet", search: { ...search, ...changed } as never, replace: true });
  const meshes = fleet.data?.meshes ?? [];
  const rows = shown(meshes, search);
  const chosen = meshes.filter((mesh) => selected.has(mesh.mesh_id));
  return (
    <Page title={t("fleet.title")}>
      {fleet.error && <Problem error={fleet.error} onRetry={() => void fleet.refetch()} />}
      {fleet.data && meshes.length === 0 && <Empty title={t("fleet.none")}>{t("fleet.noneBody")}</Empty>}
      {meshes.length > 0 && <Filters meshes={meshes} search={search} set={set} />}
      <Selection meshes={chosen} onDone={() => setSelected(new Set())} />
      {meshes.length > 0 && rows.length === 0 && <Empty title={t("fleet.noneLikeThat")} />}
      {rows.length > 0 && <MeshTable rows={rows} selected={selected} setSelected={setSelected} />}
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
    <div className={classes.filters} role="group" aria-label={t("common.filter")}>
      <TextInput size="xs" aria-label={t("fleet.search")} placeholder={t("fleet.search")} value={search.q ?? ""} onChange={(event) => set({ q: event.target.value || undefined })} />
      {ORDER.filter((tone) => total[tone] > 0 || tones.includes(tone)).map((tone) => (
        <button key={tone} type="button" className={classes.filter} aria-pressed={tones.includes(tone)} onClick={() => toggle(tone)}>
          <StateShape tone={tone} size={9} /> {t(`fleet.tone.${tone}`)} <span className="numbers">{total[tone]}</span>
        </button>
      ))}
    </div>
  );
}

interface MeshTableProps {
  rows: MeshStatus[];
  selected: ReadonlySet<string>;
  setSelected: (next: ReadonlySet<string>) => void;
}

function MeshTable({ rows, selected, setSelected }: MeshTableProps) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const wanted = useQuery(wantedQuery);
  const servers = new Map(wanted.data?.meshes.map((mesh) => [mesh.mesh_id, mesh.server]));
  const toggle = (key: string) => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    setSelected(next);
  };
  const columns: Column<MeshStatus>[] = [
    { key: "select", title: "", width: "1.25rem", cell: (mesh) => <Pick id={mesh.mesh_id} isPicked={selected.has(mesh.mesh_id)} onPick={toggle} /> },
    { key: "mesh", title: t("fleet.mesh"), width: "minmax(6rem, 2fr)", cell: (mesh) => <span className="foreign">{mesh.mesh_id}</span> },
    { key: "state", title: t("fleet.state"), width: "minmax(8rem, 1.5fr)", cell: (mesh) => <StateMark tone={toneOf(mesh)}>{t(mesh.trouble ? `fleet.trouble.${mesh.trouble}` : `fleet.states.${mesh.state}`)}</StateMark> },
    { key: "server", title: t("fleet.server"), width: "minmax(8rem, 2fr)", wide: true, cell: (mesh) => <span className="foreign">{[servers.get(mesh.mesh_id), mesh.address].filter(Boolean).join(" · ")}</span> },
    { key: "uptime", title: t("fleet.uptime"), width: "7rem", numeric: true, wide: true, cell: (mesh) => (mesh.uptime_seconds === null ? "–" : lasting(mesh.uptime_seconds, i18n.language)) },
    { key: "restarts", title: t("fleet.restarts"), width: "5.5rem", numeric: true, wide: true, cell: (mesh) => mesh.restarts },
    { key: "lag", title: t("fleet.lag"), width: "6rem", numeric: true, wide: true, cell: (mesh) => (mesh.event_loop_lag_ms === null ? "–" : milliseconds(mesh.event_loop_lag_ms, i18n.language)) },
    { key: "memory", title: t("fleet.memory"), width: "5.5rem", numeric: true, wide: true, cell: (mesh) => (mesh.memory_bytes === null ? "–" : megabytes(mesh.memory_bytes, i18n.language)) },
  ];
  return (
    <Table
      label={t("fleet.title")}
      columns={columns}
      rows={rows}
      rowKey={(mesh) => mesh.mesh_id}
      selected={selected}
      onSelect={toggle}
      onOpen={(mesh) => void navigate({ to: "/fleet/$id", params: { id: mesh.mesh_id } })}
    />
  );
}

function Pick({ id, isPicked, onPick }: { id: string; isPicked: boolean; onPick: (id: string) => void }) {
  const { t } = useTranslation();
  return (
    <Checkbox size="xs" aria-label={t("fleet.select", { mesh: id })} checked={isPicked} onClick={(event) => event.stopPropagation()} onChange={() => onPick(id)} />
  );
}

/** What can be done with the meshes that are selected. */
function Selection({ meshes, onDone }: { meshes: MeshStatus[]; onDone: () => void }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const act = useAct();
  const [isBlocking, setBlocking] = useState(false);
  const able = (one: Act) => meshes.filter(POSSIBLE[one]).map((mesh) => mesh.mesh_id);
  const close = (isDone: boolean) => {
    setBlocking(false);
    if (isDone) onDone();
  };
  if (meshes.length === 0) return <p className={`${classes.hint} ${classes.wide}`}>{t("fleet.keys")}</p>;
  return (
    <div className={classes.buttons}>
      <span>{t("fleet.selected", { count: meshes.length })}</span>
      {may("fleet:operate") &&
        ACTS.map((one) => (
          <Button key={one} size="compact-sm" variant="default" disabled={able(one).length === 0} onClick={() => void act(one, able(one)).then((isDone) => isDone && onDone())}>
            {t(`fleet.${one}`)}
          </Button>
        ))}
      {may("blocklist:operate") && (
        <Button size="compact-sm" variant="default" onClick={() => setBlocking(true)}>
          {t("fleet.block")}
        </Button>
      )}
      <Block ids={meshes.map((mesh) => mesh.mesh_id)} isOpen={isBlocking} onClose={close} />
    </div>
  );
}
