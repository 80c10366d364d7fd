import { IconUrgent } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const alerts: ConsoleFeature = {
  name: "alerts",
  pages: [
    { path: "/alerts", load: () => import("./Alerts") },
    { path: "/alerts/$id", load: () => import("./Alert") },
  ],
  places: [{ path: "/alerts", label: "alerts.title", group: "station", icon: IconUrgent, shortcut: "l", scope: "station:view" }],
  kinds: () => import("./kinds"),
  actions: [{ id: "alerts.add", label: "alerts.add", scope: "station:operate", keywords: "create raise", run: ({ go }) => go("/alerts?open=add") }],
};
