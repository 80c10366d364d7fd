import { IconMapPins } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const zones: ConsoleFeature = {
  name: "zones",
  pages: [{ path: "/zones", load: () => import("./Zones") }],
  places: [{ path: "/zones", label: "zones.title", group: "station", icon: IconMapPins, shortcut: "z", scope: "station:view" }],
  kinds: () => import("./kinds"),
  actions: [{ id: "zones.add", label: "zones.add", scope: "station:edit", keywords: "draw circle polygon", run: ({ go }) => go("/zones?open=add") }],
};
