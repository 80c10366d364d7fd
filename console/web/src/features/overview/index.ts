import { IconLayoutDashboard } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const overview: ConsoleFeature = {
  name: "overview",
  pages: [{ path: "/", load: () => import("./Overview") }],
  places: [{ path: "/", label: "overview.title", group: "first", icon: IconLayoutDashboard, shortcut: "o" }],
};
