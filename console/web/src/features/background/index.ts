import { IconTerminal2 } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const background: ConsoleFeature = {
  name: "background",
  pages: [
    { path: "/background", load: () => import("./Background") },
    { path: "/background/$name", load: () => import("./Command") },
  ],
  kinds: () => import("./kinds"),
  places: [{ path: "/background", label: "background.title", group: "first", icon: IconTerminal2, shortcut: "b", scope: "background:view" }],
};
