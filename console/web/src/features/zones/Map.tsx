import { ActionIcon } from "@mantine/core";
import { IconFocusCentered, IconMinus, IconPlus } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { part } from "../../app/release";
import { Grid, ScaleBar } from "./Ground";
import classes from "./Map.module.css";
import { fitted, metresOfPixel, panned, type Pixel, type Place, pixelOf, placeOf, type View, zoomed } from "./view";

const Land = lazy(part(() => import("./Land")));

/** Nearer than this, in metres for a pixel, outlines of land are too coarse to say anything. */
const COARSE = 400;
/** Pixels of a step by an arrow key: of the map, and of the cross with which one draws. */
const PAN = 60;
const CROSS = 10;
const CROSS_FAR = 60;
/** Pixels by which a finger may slip while it only presses. */
const SLIP = 5;
/** A press so near to the first point finishes a polygon. */
const NEAR = 14;
const NEARER = 1.6;

export interface DrawingHands {
  onSet: (at: Place, isFirst: boolean) => void;
  onHover: (at: Place) => void;
  onBack: () => void;
  onFinish: () => void;
  onCancel: () => void;
  /** Where a polygon has begun, once it can be finished there. */
  first?: Place;
}

interface MapProps {
  label: string;
  /** What is shown at first, and again by the button. */
  fit: readonly Place[];
  /** What is to be shown as soon as its key is another. */
  focus?: { key: string; places: readonly Place[] };
  drawing?: DrawingHands;
  isSmall?: boolean;
  children: (view: View) => React.ReactNode;
}

/** A map without tiles: moved and zoomed with a mouse, fingers or keys; what is on it is given. */
export default function Map({ label, fit, focus, drawing, isSmall, children }: MapProps) {
  const { t } = useTranslation();
  const svg = useRef<SVGSVGElement>(null);
  const [view, setView] = useView(svg, fit, focus);
  const [cross, setCross] = useState<Pixel>();
  const hands = usePointers(view, setView, drawing, () => setCross(undefined));
  useWheel(svg, setView);
  const zoom = (factor: number) => setView((now) => now && zoomed(now, factor));
  const show = () => setView((now) => now && fitted(fit, now.width, now.height));

  function onKeyDown(event: React.KeyboardEvent) {
    if (!view || event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow && drawing) walk(view, arrow, event.shiftKey ? CROSS_FAR : CROSS);
    else if (arrow) setView(panned(view, -arrow.x * PAN, -arrow.y * PAN));
    else if (event.key === "+" || event.key === "=") zoom(NEARER);
    else if (event.key === "-") zoom(1 / NEARER);
    else if (event.key === "0") show();
    else if (!drawing || !draws(view, drawing, event.key)) return;
    event.preventDefault();
  }

  /** Move the cross; where it would leave the map, the map moves. */
  function walk(now: View, arrow: Pixel, step: number) {
    const from = cross ?? { x: now.width / 2, y: now.height / 2 };
    const to = { x: from.x + arrow.x * step, y: from.y + arrow.y * step };
    const isIn = to.x > 0 && to.y > 0 && to.x < now.width && to.y < now.height;
    const next = isIn ? now : panned(now, -arrow.x * step, -arrow.y * step);
    const at = isIn ? to : from;
    if (!isIn) setView(next);
    setCross(at);
    drawing?.onHover(placeOf(next, at));
  }

  function draws(now: View, { onSet, onBack, onFinish, onCancel, first }: DrawingHands, key: string): boolean {
    const at = cross ?? { x: now.width / 2, y: now.height / 2 };
    if (key === "Enter" || key === " ") {
      setCross(at);
      onSet(placeOf(now, at), first !== undefined && isNear(at, pixelOf(now, first)));
    } else if (key === "Backspace") onBack();
    else if (key === "f") onFinish();
    else if (key === "Escape") onCancel();
    else return false;
    return true;
  }

  return (
    <div className={classes.map} data-small={isSmall} data-drawing={drawing ? "" : undefined}>
      <svg
        ref={svg}
        className={classes.svg}
        role="application"
        aria-roledescription={t("zones.map.map")}
        aria-label={`${label}. ${t(drawing ? "zones.map.keysDrawing" : "zones.map.keys")}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...hands}
      >
        {view && (
          <>
            {metresOfPixel(view) > COARSE && (
              <Suspense>
                <Land view={view} />
              </Suspense>
            )}
            <Grid view={view} />
            {children(view)}
            <ScaleBar view={view} />
            {drawing && cross && <path className={classes.cross} d={`M${cross.x - 12} ${cross.y}h24M${cross.x} ${cross.y - 12}v24`} aria-hidden />}
          </>
        )}
      </svg>
      <div className={classes.buttons}>
        <ActionIcon variant="default" size="md" aria-label={t("zones.map.in")} onClick={() => zoom(NEARER)}>
          <IconPlus size={16} />
        </ActionIcon>
        <ActionIcon variant="default" size="md" aria-label={t("zones.map.out")} onClick={() => zoom(1 / NEARER)}>
          <IconMinus size={16} />
        </ActionIcon>
        <ActionIcon variant="default" size="md" aria-label={t("zones.map.fit")} onClick={show}>
          <IconFocusCentered size={16} />
        </ActionIcon>
      </div>
    </div>
  );
}

const ARROWS: Record<string, Pixel | undefined> = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } };

const apart = (one: Pixel, other: Pixel) => Math.hypot(one.x - other.x, one.y - other.y);
const isNear = (one: Pixel, other: Pixel) => apart(one, other) < NEAR;

type SetView = React.Dispatch<React.SetStateAction<View | undefined>>;

/** What is shown: all that is to be seen, until somebody moves the map or something is to be looked at. */
function useView(svg: React.RefObject<SVGSVGElement | null>, fit: readonly Place[], focus: MapProps["focus"]): [View | undefined, SetView] {
  const [size, setSize] = useState<{ width: number; height: number }>();
  const [view, setOwn] = useState<View>();
  const isMoved = useRef(false);
  const setView = useCallback<SetView>((next) => {
    isMoved.current = true;
    setOwn(next);
  }, []);
  useLayoutEffect(() => {
    const element = svg.current!;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [svg]);
  const all = JSON.stringify(fit);
  useLayoutEffect(() => {
    if (!size || size.width === 0) return;
    // In less room the same is seen, smaller.
    setOwn((now) => (now && isMoved.current ? { ...now, ...size, scale: now.scale * (size.width / now.width) } : fitted(JSON.parse(all) as Place[], size.width, size.height)));
  }, [size, all]);
  const key = focus?.key;
  const hasSize = size !== undefined;
  useEffect(() => {
    if (key === undefined || !focus || focus.places.length === 0 || !hasSize) return;
    setView((now) => now && fitted(focus.places, now.width, now.height));
    // Where the same one is elsewhere the map stays as it is.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, hasSize, setView]);
  return [view, setView];
}

/** The wheel zooms where somebody works with the map; otherwise it scrolls the page. */
function useWheel(svg: React.RefObject<SVGSVGElement | null>, setView: SetView): void {
  useEffect(() => {
    const element = svg.current!;
    const turn = (event: WheelEvent) => {
      if (!event.ctrlKey && document.activeElement !== element) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const at = { x: event.clientX - box.left, y: event.clientY - box.top };
      setView((now) => now && zoomed(now, Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), at));
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [svg, setView]);
}

/** One pointer moves the map, two zoom it; one that only presses sets a place while somebody draws. */
function usePointers(view: View | undefined, setView: SetView, drawing: DrawingHands | undefined, onUse: () => void) {
  const down = useRef(new globalThis.Map<number, Pixel>());
  const slipped = useRef(false);
  const start = useRef<Pixel>({ x: 0, y: 0 });
  const pixel = (event: React.PointerEvent): Pixel => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const release = (event: React.PointerEvent) => down.current.delete(event.pointerId);
  return {
    onPointerDown(event: React.PointerEvent) {
      if (event.button !== 0) return;
      if (down.current.size === 0) {
        slipped.current = false;
        start.current = pixel(event);
      }
      down.current.set(event.pointerId, pixel(event));
    },
    onPointerMove(event: React.PointerEvent) {
      const now = pixel(event);
      const before = down.current.get(event.pointerId);
      if (drawing && view && event.pointerType === "mouse") {
        onUse();
        drawing.onHover(placeOf(view, now));
      }
      if (!before) return;
      if (!slipped.current && apart(now, start.current) < SLIP) return;
      if (!slipped.current) event.currentTarget.setPointerCapture(event.pointerId);
      slipped.current = true;
      const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
      down.current.set(event.pointerId, now);
      setView((old) => {
        if (!old) return old;
        if (!other) return panned(old, now.x - before.x, now.y - before.y);
        const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        const moved = panned(old, (now.x - before.x) / 2, (now.y - before.y) / 2);
        return zoomed(moved, Math.max(1, apart(now, other)) / Math.max(1, apart(before, other)), middle);
      });
    },
    onPointerUp(event: React.PointerEvent) {
      const isPress = down.current.size === 1 && down.current.has(event.pointerId) && !slipped.current;
      release(event);
      if (!isPress || !drawing || !view) return;
      const at = pixel(event);
      drawing.onSet(placeOf(view, at), drawing.first !== undefined && isNear(at, pixelOf(view, drawing.first)));
    },
    onPointerCancel: release,
    /** What was moved was not pressed. */
    onClickCapture(event: React.MouseEvent) {
      if (slipped.current) event.stopPropagation();
    },
  };
}
