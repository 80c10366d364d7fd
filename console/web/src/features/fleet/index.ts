import { IconTopologyStar3 } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const fleet: ConsoleFeature = {
  name: "fleet",
  pages: [
    { path: "/fleet", load: () => import("./Fleet") },
    { path: "/fleet/$id", load: () => import("./Mesh") },
  ],
  places: [{ path: "/fleet", label: "fleet.title", icon: IconTopologyStar3, scope: "fleet:view" }],
  actions: [{ id: "fleet.troubles", label: "fleet.showTroubles", scope: "fleet:view", run: (go) => go("/fleet?tone=%5B%22bad%22%2C%22warn%22%2C%22shut%22%5D") }],
};
