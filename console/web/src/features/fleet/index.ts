import { IconTopologyStar3 } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const fleet: ConsoleFeature = {
  name: "fleet",
  pages: [
    { path: "/fleet", load: () => import("./Fleet") },
    { path: "/discovery", load: () => import("./Discovery") },
    { path: "/fleet/$id", load: () => import("./Mesh") },
    { path: "/logs", load: () => import("./Logs") },
  ],
  places: [{ path: "/fleet", label: "fleet.title", group: "first", icon: IconTopologyStar3, shortcut: "f", scope: "fleet:view" }],
  kinds: () => import("./kinds"),
  actions: [
    { id: "fleet.logs", label: "fleet.showLogs", scope: "logs:view", keywords: "errors supervisor", run: ({ go }) => go("/logs") },
    { id: "fleet.look", label: "fleet.look", scope: "fleet:operate", keywords: "discover", run: async (context) => (await import("./look")).look(context) },
    { id: "fleet.discovery", label: "fleet.showDiscovery", scope: "fleet:view", run: ({ go }) => go("/discovery") },
    { id: "fleet.troubles", label: "fleet.showTroubles", scope: "fleet:view", run: ({ go }) => go("/fleet?tone=%5B%22bad%22%2C%22warn%22%2C%22shut%22%5D") },
  ],
};
