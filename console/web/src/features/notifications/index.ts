import { IconBell } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const notifications: ConsoleFeature = {
  name: "notifications",
  pages: [
    { path: "/notifications", load: () => import("./Notifications") },
    { path: "/notifications/$id", load: () => import("./Notification") },
  ],
  places: [{ path: "/notifications", label: "notifications.title", group: "setup", icon: IconBell, shortcut: "n", scope: "notifications:view" }],
  kinds: () => import("./kinds"),
  actions: [
    { id: "notifications.preferences", label: "notifications.preferences.add", scope: "notifications:edit", keywords: "recipient quiet hours", run: ({ go }) => go("/notifications?open=preferences") },
   { id: "notifications.send", label: "notifications.send", scope: "notifications:operate", run: ({ go }) => go("/notifications?open=send") }],
};
