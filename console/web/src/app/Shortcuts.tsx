import { useEffect, useRef } from "react";
import { useActions } from "./useActions";

/** How long a `g` waits for the letter of a place, in milliseconds. */
const PATIENCE = 1500;

/** Does what keys ask for, where nothing is typed and no dialog is open. */
export function Shortcuts() {
  const offered = useActions();
  const newest = useRef(offered);
  newest.current = offered;
  useEffect(() => {
    let since = -PATIENCE;
    function press(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const { actions, places, context } = newest.current;
      if (event.key === "g") {
        since = event.timeStamp;
        return;
      }
      const isPlace = event.timeStamp - since < PATIENCE;
      since = -PATIENCE;
      const place = isPlace && places.find((one) => one.shortcut === event.key);
      const action = actions.find((one) => one.shortcut === event.key);
      if (place) context.go(place.path);
      else if (!isPlace && action) action.run();
      else if (event.key === "j" && document.activeElement === document.body) firstRow()?.focus();
      else return;
      event.preventDefault();
    }
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  return null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], [role=dialog]") !== null;
}

/** Of the first list of the page. */
function firstRow(): HTMLElement | null {
  return document.querySelector("main [role=row][tabindex]");
}
