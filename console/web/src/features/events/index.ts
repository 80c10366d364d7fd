import { IconTimeline } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const events: ConsoleFeature = {
  name: "events",
  pages: [{ path: "/events", load: () => import("./Events") }],
  places: [{ path: "/events", label: "events.title", group: "past", icon: IconTimeline, shortcut: "e", scope: "events:view" }],
  actions: [{ id: "events.audit", label: "events.showAudit", scope: "audit:view", run: ({ go }) => go("/events?source=audit") }],
};
