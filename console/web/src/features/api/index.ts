import { IconApi } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const api: ConsoleFeature = {
  name: "api",
  pages: [{ path: "/try", load: () => import("./Api") }],
  places: [{ path: "/try", label: "api.title", group: "setup", icon: IconApi, shortcut: "a" }],
  actions: [{ id: "api.try", label: "api.action", keywords: "http rest openapi curl swagger", run: ({ go }) => go("/try") }],
};
