import { IconListCheck } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const jobs: ConsoleFeature = {
  name: "jobs",
  pages: [
    { path: "/jobs", load: () => import("./Jobs") },
    { path: "/jobs/$id", load: () => import("./Job") },
  ],
  places: [{ path: "/jobs", label: "jobs.title", group: "first", icon: IconListCheck, shortcut: "j", scope: "jobs:view" }],
  kinds: () => import("./kinds"),
  actions: [{ id: "jobs.submit", label: "jobs.submit", scope: "jobs:operate", run: ({ go }) => go("/jobs?open=submit") }],
};
