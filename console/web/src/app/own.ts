import { stream } from "../live/stream";
import { isHighContrast, setHighContrast } from "./contrast";
import type { ConsoleFeature } from "./features";

/** What the console itself can do, wherever somebody is. */
export const own: ConsoleFeature = {
  name: "console",
  pages: [],
  actions: [
    { id: "console.help", label: "help.title", shortcut: "?", run: ({ help }) => help() },
    {
      id: "console.pause",
      label: "frame.pauseOrGoOn",
      keywords: "pause resume live",
      shortcut: "p",
      run: () => (stream.connection().state === "paused" ? stream.resume() : stream.pause()),
    },
    { id: "console.light", label: "frame.toLight", keywords: "theme", run: ({ setScheme }) => setScheme("light") },
    { id: "console.dark", label: "frame.toDark", keywords: "theme", run: ({ setScheme }) => setScheme("dark") },
    { id: "console.contrast", label: "frame.contrast", keywords: "theme", run: () => setHighContrast(!isHighContrast()) },
    { id: "console.signOut", label: "frame.signOut", run: ({ signOut }) => signOut() },
  ],
};
