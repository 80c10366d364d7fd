import { IconAdjustments } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const settings: ConsoleFeature = {
  name: "settings",
  pages: [{ path: "/settings", load: () => import("./Settings") }],
  places: [{ path: "/settings", label: "settings.title", icon: IconAdjustments, scope: "settings:view" }],
};
