import { IconCalendarClock } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const schedules: ConsoleFeature = {
  name: "schedules",
  pages: [
    { path: "/schedules", load: () => import("./Schedules") },
    { path: "/schedules/$name", load: () => import("./Schedule") },
  ],
  places: [{ path: "/schedules", label: "schedules.title", group: "first", icon: IconCalendarClock, shortcut: "s", scope: "schedules:view" }],
  kinds: () => import("./kinds"),
  actions: [{ id: "schedules.add", label: "schedules.add", scope: "schedules:edit", keywords: "cron", run: ({ go }) => go("/schedules?open=add") }],
};
