import { IconAdjustments } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const settings: ConsoleFeature = {
  name: "settings",
  pages: [{ path: "/settings", load: () => import("./Settings") }],
  actions: [{ id: "settings.reload", label: "settings.reload", scope: "settings:edit", run: async (context) => (await import("./reload")).reload(context) }],
  places: [{ path: "/settings", label: "settings.title", group: "setup", icon: IconAdjustments, shortcut: "c", scope: "settings:view" }],
};
