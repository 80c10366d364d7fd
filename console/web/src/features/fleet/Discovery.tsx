import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import classes from "./Fleet.module.css";
import { mesh } from "./kinds";
import { namesOf } from "./names";
import { type Discovered, foundQuery, wantedQuery, type WantedMesh } from "./queries";
import { ORDER, STATE_TONES } from "./tones";
import { worded } from "../../i18n/worded";

/** Which meshes are wanted, where each comes from, and what it waits for; looking for more at once. */
export default function Discovery() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { source?: string };
  const wanted = useQuery(wantedQuery);
  const found = useQuery(foundQuery);
  const meshes = wanted.data?.meshes ?? [];
  const rows = meshes.filter((one) => !search.source || one.source === search.source);

  return (
    <Page
      title={t("fleet.discovery")}
      lead={wanted.data && <Lead meshes={meshes} />}
      actions={<ActionButton id="fleet.look" />}
    >
      {wanted.error && <Problem error={wanted.error} onRetry={() => void wanted.refetch()} />}
      {found.data && <Found found={found.data} />}
      {wanted.data && meshes.length === 0 && <Empty title={t("fleet.none")}>{t("fleet.noneBody")}</Empty>}
      {meshes.length > 0 && <Sources meshes={meshes} chosen={search.source} onChoose={(source) => void navigate({ to: "/discovery", search: { source } as never, replace: true })} />}
      {rows.length > 0 && <Meshes rows={rows} />}
    </Page>
  );
}

/** How many there are, and how many of them are not connected. */
function Lead({ meshes }: { meshes: WantedMesh[] }) {
  const { t } = useTranslation();
  const tones = meshes.map((one) => STATE_TONES[one.state]);
  const parts = ORDER.filter((tone) => tone !== "ok")
    .map((tone) => ({ tone, count: tones.filter((one) => one === tone).length }))
    .filter(({ count }) => count > 0)
    .map(({ tone, count }) => t(`fleet.sentence.${tone}`, { count }));
  const list = new Intl.ListFormat(t("common.locale"), { type: "conjunction" }).format(parts);
  return (
    <>
      {parts.length === 0 ? t("fleet.wanted", { count: meshes.length }) : t("fleet.wantedBut", { count: meshes.length, list })} <Link to="/fleet">{t("fleet.toFleet")}</Link>
    </>
  );
}

/** What looking has found, and which sources did not answer. */
function Found({ found }: { found: Discovered }) {
  const { t } = useTranslation();
  const { added, removed, errors } = { added: found.added ?? [], removed: found.removed ?? [], errors: found.errors ?? [] };
  const parts = [
    t("fleet.found", { count: found.found }),
    added.length > 0 ? t("fleet.foundNew", { names: namesOf(added, t) }) : null,
    removed.length > 0 ? t("fleet.foundGone", { names: namesOf(removed, t) }) : null,
    added.length + removed.length === 0 ? t("fleet.foundSame") : null,
  ];
  return (
    <div role="status" className={classes.stack}>
      <p className={`${classes.found} foreign`}>{parts.filter(Boolean).join(" ")}</p>
      {errors.map((error) => (
        <Problem key={error} error={new Error(error)} />
      ))}
    </div>
  );
}

function Sources({ meshes, chosen, onChoose }: { meshes: WantedMesh[]; chosen: string | undefined; onChoose: (source?: string) => void }) {
  const { t } = useTranslation();
  const sources = [...new Set(meshes.map((one) => one.source))].sort();
  if (sources.length < 2) return null;
  return (
    <FilterBar>
      {sources.map((source) => (
        <FilterButton key={source} isChosen={chosen === source} onToggle={() => onChoose(chosen === source ? undefined : source)}>
          {t(`fleet.sources.${source}`, { defaultValue: source })} <span className="numbers">{meshes.filter((one) => one.source === source).length}</span>
        </FilterButton>
      ))}
    </FilterBar>
  );
}

function Meshes({ rows }: { rows: WantedMesh[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const columns: Column<WantedMesh>[] = [
    { key: "mesh", title: t("fleet.mesh"), width: "minmax(6rem, 1.5fr)", narrow: "minmax(0, 1fr)", cell: (one) => <span className="foreign">{one.mesh_id}</span> },
    { key: "state", title: t("fleet.state"), width: "minmax(8rem, 1fr)", narrow: "6.5rem", cell: (one) => <StateMark tone={STATE_TONES[one.state]}>{t(`fleet.states.${one.state}`)}</StateMark> },
    { key: "source", title: t("fleet.source"), width: "minmax(6rem, 1fr)", wide: true, cell: (one) => t(`fleet.sources.${one.source}`, { defaultValue: one.source }) },
    { key: "server", title: t("fleet.server"), width: "minmax(8rem, 2fr)", wide: true, cell: (one) => <span className="foreign">{[one.server, one.address].filter(Boolean).join(" · ") || one.transport || "–"}</span> },
    { key: "waits", title: t("fleet.waitsFor"), width: "minmax(8rem, 2fr)", wide: "medium", cell: (one) => <span className="foreign" title={worded(one.waiting_for ?? "")}>{worded(one.waiting_for ?? "–")}</span> },
    { key: "buttons", title: t("common.actions"), isBare: true, width: "7rem", narrow: "5.75rem", numeric: true, cell: (one) => <Buttons isRow kind={mesh} thing={one} only={["fleet.start", "fleet.unblock"]} /> },
  ];
  return <Table label={t("fleet.discovery")} columns={columns} rows={rows} rowKey={(one) => one.mesh_id} onOpen={(one) => void navigate({ to: "/fleet/$id", params: { id: one.mesh_id } })} />;
}
