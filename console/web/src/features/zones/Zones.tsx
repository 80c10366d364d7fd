import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { lazy, Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { part } from "../../app/release";
import { useRefresh } from "../../live/hooks";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Draw } from "./Draw";
import { type Draft, EMPTY, draftOf, isWrong, textsOf, typed, type Wrong } from "./draft";
import { canFinish, type Drawing, isShape, type Step, stepped } from "./drawing";
import { ZoneForm } from "./Form";
import { ZoneList } from "./List";
import { CHANGES, locatedQuery, type Seen, type Zone, zoneQuery, ZONES, zonesQuery } from "./queries";
import type { Shape } from "./shape";
import { OneZone } from "./Zone";
import classes from "./Zones.module.css";

const ZoneMap = lazy(part(() => import("./ZoneMap")));

interface Search {
  /** The name of the zone that is looked at. */
  zone?: string;
  open?: "add" | "edit";
  /** Whether users who are offline are on the map, too. */
  offline?: boolean;
}

/** Where something begins and ends for users, on a map and in a list that does the same. */
export default function Zones() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const zones = useQuery(zonesQuery);
  useRefresh(CHANGES, ZONES);
  const set = useCallback((changed: Search) => void navigate({ to: "/zones", search: ((before: Search) => ({ ...before, ...changed })) as never, replace: true }), [navigate]);
  const all = zones.data ?? [];
  const name = search.zone === undefined ? undefined : String(search.zone);
  const chosen = all.find((zone) => zone.name === name);
  const seen = useQuery({ ...zoneQuery(name ?? ""), enabled: search.open === "edit" && chosen !== undefined });
  const editor = search.open === "add" ? "add" : search.open === "edit" && seen.data?.zone.name === name ? `edit ${name}` : undefined;
  return (
    <Page title={t("zones.title")} lead={zones.data && sentence(zones.data, t)} actions={search.open === undefined && <ActionButton id="zones.add" />}>
      {zones.error && !zones.data && <Problem error={zones.error} onRetry={() => void zones.refetch()} />}
      {zones.data && <Board key={editor} zones={all} chosen={chosen} seen={editor?.startsWith("edit") ? seen.data : undefined} isEditing={editor !== undefined} search={search} set={set} />}
    </Page>
  );
}

function sentence(zones: readonly Zone[], t: TFunction): string {
  if (zones.length === 0) return t("zones.lead.none");
  const users = zones.reduce((sum, zone) => sum + zone.users, 0);
  return `${t("zones.lead.zones", { count: zones.length })} ${t("zones.lead.users", { count: users })}`;
}

interface BoardProps {
  zones: readonly Zone[];
  chosen?: Zone;
  /** What is edited; none: a new one. */
  seen?: Seen;
  isEditing: boolean;
  search: Search;
  set: (changed: Search) => void;
}

/** The map, and beside it the list, one zone, or the form. */
function Board({ zones, chosen, seen, isEditing, search, set }: BoardProps) {
  const { t } = useTranslation();
  const located = useQuery(locatedQuery(search.offline ? undefined : true));
  const [draft, setDraft] = useState<Draft>(() => (seen ? draftOf(seen.zone) : EMPTY));
  const [drawing, setDrawing] = useState<Drawing | undefined>(isEditing && !seen ? { kind: "circle", places: [] } : undefined);
  const shape = typed(draft);
  /** What the form keeps: corners that are enough for a polygon are one, also before it is finished. */
  const kept: Shape | Wrong = drawing && canFinish(drawing) ? { kind: "polygon", points: drawing.places } : shape;
  const takes = useCallback((made: Shape) => setDraft((before) => ({ ...before, ...textsOf(made) })), []);

  function step(next: Step) {
    if (!drawing) return;
    const drawn = stepped(drawing, next);
    if (!isShape(drawn)) {
      setDrawing(drawn);
      return;
    }
    takes(drawn);
    setDrawing(undefined);
  }

  function change(changed: Partial<Draft>) {
    setDraft((before) => ({ ...before, ...changed }));
    if (changed.kind) setDrawing((now) => (now || isEmpty({ ...draft, ...changed }) ? { kind: changed.kind!, places: [] } : now));
  }

  const draw = () => setDrawing({ kind: draft.kind, places: [] });
  const close = () => set({ open: undefined });
  return (
    <div className={classes.board}>
      <div className={classes.side}>
        <Suspense fallback={<div className={classes.placeholder} />}>
          <ZoneMap
            zones={zones}
            users={located.data ?? []}
            chosen={chosen?.name}
            onChoose={(zone) => !isEditing && set({ zone })}
            draft={isEditing && !isWrong(shape) ? shape : undefined}
            onDraft={takes}
            drawing={drawing}
            hands={{ onSet: (at, isFirst) => step({ do: "set", at, isFirst }), onBack: () => step({ do: "back" }), onFinish: () => step({ do: "finish" }), onCancel: () => setDrawing(undefined) }}
          />
        </Suspense>
        {isEditing && <Draw drawing={drawing} kind={draft.kind} isDrawn={!isWrong(shape)} onDraw={draw} onStep={step} onCancel={() => setDrawing(undefined)} />}
        {!isEditing && (
          <FilterBar>
            <span className={classes.faint}>{located.data && t("zones.onMap", { count: located.data.length })}</span>
            <FilterButton isChosen={search.offline === true} onToggle={() => set({ offline: search.offline ? undefined : true })}>
              {t("zones.alsoOffline")}
            </FilterButton>
          </FilterBar>
        )}
      </div>
      <div className={classes.side}>
        {isEditing ? (
          <ZoneForm draft={draft} change={change} shape={kept} seen={seen} onClose={close} onSaved={(name) => set({ open: undefined, zone: name })} />
        ) : (
          <>
            {zones.length === 0 && <Empty title={t("zones.none")}>{t("zones.noneBody")}</Empty>}
            {zones.length > 0 && <ZoneList zones={zones} chosen={chosen?.name} onChoose={(zone) => set({ zone })} />}
            {chosen && <OneZone zone={chosen} />}
          </>
        )}
      </div>
    </div>
  );
}

const isEmpty = ({ kind, latitude, longitude, radius, points }: Draft) => (kind === "circle" ? latitude + longitude + radius === "" : points.trim() === "");
