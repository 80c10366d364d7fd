import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "../users/queries";
import { shapeOf } from "./draft";
import { canFinish, type Drawing, preview } from "./drawing";
import Map, { type DrawingHands } from "./Map";
import classes from "./Map.module.css";
import type { Zone } from "./queries";
import { handles, moved, outline, type Shape, without } from "./shape";
import { type Pixel, type Place, pixelOf, pixelsOf, placeOf, type View } from "./view";

/** A zone that is smaller on the map is shown as a point, in pixels. */
const VISIBLE = 8;
/** Names of more users than that would cover each other. */
const MOST_NAMES = 12;
/** Pixels by which an arrow key moves a handle. */
const STEP = 5;

interface ZoneMapProps {
  zones: readonly Zone[];
  users: readonly User[];
  /** The name of the zone that is looked at. */
  chosen?: string;
  onChoose: (name: string) => void;
  /** The shape that is edited. */
  draft?: Shape;
  onDraft: (shape: Shape) => void;
  /** What is being drawn. */
  drawing?: Drawing;
  hands: Omit<DrawingHands, "onHover" | "first">;
}

/** All zones, who is where, and the shape that somebody draws or edits. */
export default function ZoneMap({ zones, users, chosen, onChoose, draft, onDraft, drawing, hands }: ZoneMapProps) {
  const { t } = useTranslation();
  const [hover, setHover] = useState<Place>();
  const shown = useMemo(() => zones.map((zone) => ({ zone, places: outline(shapeOf(zone)) })), [zones]);
  // What was there when the zones were read: the map does not follow those who move.
  const fit = useMemo(() => (shown.length > 0 ? shown.flatMap(({ places }) => places) : users.map((user) => user.position!)), [shown, users.length === 0]);
  const looked = shown.find(({ zone }) => zone.name === chosen);
  const drawn = drawing && hover ? preview(drawing, hover) : draft;
  const first = drawing && canFinish(drawing) ? drawing.places[0] : undefined;
  return (
    <Map
      label={t("zones.map.label", { count: zones.length })}
      fit={fit}
      focus={looked && { key: looked.zone.name, places: looked.places }}
      drawing={drawing && { ...hands, onHover: setHover, first }}
    >
      {(view) => (
        <>
          {shown.map(({ zone, places }) => !(draft && zone.name === chosen) && <ZoneShape key={zone.name} view={view} zone={zone} places={places} isChosen={zone.name === chosen} onChoose={onChoose} />)}
          <Users view={view} users={users} />
          {drawn && <path className={classes.zone} data-draft="" d={pathOf(pixelsOf(view, outline(drawn)))} aria-hidden />}
          {drawing?.places.map((place, index) => <Point key={index} at={pixelOf(view, place)} />)}
          {draft && !drawing && <Handles view={view} shape={draft} onChange={onDraft} />}
        </>
      )}
    </Map>
  );
}

export function pathOf(pixels: readonly Pixel[]): string {
  return pixels.length > 0 ? `M${pixels.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z` : "";
}

function Point({ at }: { at: Pixel }) {
  return <circle className={classes.point} cx={at.x} cy={at.y} r={6} aria-hidden />;
}

function ZoneShape({ view, zone, places, isChosen, onChoose }: { view: View; zone: Zone; places: readonly Place[]; isChosen: boolean; onChoose: (name: string) => void }) {
  const pixels = pixelsOf(view, places);
  const [xs, ys] = [pixels.map(({ x }) => x), pixels.map(({ y }) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  if (right < 0 || left > view.width || bottom < 0 || top > view.height) return null;
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const isSmall = right - left < VISIBLE && bottom - top < VISIBLE;
  // Above it, where those who are in it do not cover it; of a zone that is larger than the map it stays in sight.
  const at = { x: Math.min(view.width - 40, Math.max(40, middle.x)), y: Math.min(view.height - 30, Math.max(34, top - 8)) };
  return (
    <g aria-hidden onClick={() => onChoose(zone.name)}>
      <path className={classes.zone} data-chosen={isChosen || undefined} data-disabled={!zone.enabled || undefined} d={pathOf(pixels)} />
      {isSmall && <circle className={classes.zone} data-chosen={isChosen || undefined} data-disabled={!zone.enabled || undefined} cx={middle.x} cy={middle.y} r={VISIBLE / 2 + 1} />}
      <text className={classes.name} x={at.x} y={at.y}>
        {zone.name}
      </text>
    </g>
  );
}

/** Where users are; the list beside the map says the same in words. */
function Users({ view, users }: { view: View; users: readonly User[] }) {
  const navigate = useNavigate();
  const here = users
    .map((user) => ({ user, at: pixelOf(view, user.position!) }))
    .filter(({ at }) => at.x > -10 && at.y > -10 && at.x < view.width + 10 && at.y < view.height + 10);
  return (
    <g aria-hidden>
      {here.map(({ user, at }) => (
        <g key={user.user_id} className={classes.user} data-offline={!user.is_online || undefined} data-user={user.user_id} transform={`translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`} onClick={() => void navigate({ to: "/users/$id", params: { id: user.user_id } })}>
          <title>{user.name || user.user_id}</title>
          <circle r={5.5} />
          {here.length <= MOST_NAMES && (
            <text x={9} y={4}>
              {user.name || user.user_id}
            </text>
          )}
        </g>
      ))}
    </g>
  );
}

/** Points that can be dragged, or moved by the arrow keys. */
function Handles({ view, shape, onChange }: { view: View; shape: Shape; onChange: (shape: Shape) => void }) {
  const { t } = useTranslation();
  const dragged = (event: React.PointerEvent<SVGElement>, index: number) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.ownerSVGElement!.getBoundingClientRect();
    onChange(moved(shape, index, placeOf(view, { x: event.clientX - box.left, y: event.clientY - box.top })));
  };
  const pressed = (event: React.KeyboardEvent, index: number, at: Pixel) => {
    const step = event.shiftKey ? STEP * 5 : STEP;
    const by: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const way = by[event.key];
    if (way) onChange(moved(shape, index, placeOf(view, { x: at.x + way[0], y: at.y + way[1] })));
    else if (event.key === "Delete" || event.key === "Backspace") onChange(without(shape, index));
    else return;
    event.preventDefault();
  };
  const nameOf = (index: number) => (shape.kind === "circle" ? t(index === 0 ? "zones.map.center" : "zones.map.border") : t("zones.map.point", { number: index + 1 }));
  return handles(shape).map((place, index) => {
    const at = pixelOf(view, place);
    return (
      <circle
        key={index}
        className={classes.handle}
        cx={at.x}
        cy={at.y}
        r={7}
        tabIndex={0}
        role="button"
        aria-label={`${nameOf(index)}. ${t("zones.map.handleKeys")}`}
        onPointerDown={(event) => {
          event.stopPropagation();
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          event.stopPropagation();
          dragged(event, index);
        }}
        onKeyDown={(event) => pressed(event, index, at)}
      />
    );
  });
}
