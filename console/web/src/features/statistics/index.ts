import { IconChartBar } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const statistics: ConsoleFeature = {
  name: "statistics",
  pages: [{ path: "/statistics", load: () => import("./Statistics") }],
  places: [{ path: "/statistics", label: "statistics.title", group: "past", icon: IconChartBar, shortcut: "t", scope: "statistics:view" }],
};
