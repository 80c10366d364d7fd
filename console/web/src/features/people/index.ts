import { IconUsers } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const people: ConsoleFeature = {
  name: "people",
  pages: [{ path: "/people", load: () => import("./People") }],
  places: [{ path: "/people", label: "people.title", group: "setup", icon: IconUsers, shortcut: "p", scope: "access:view" }],
  kinds: () => import("./kinds"),
  actions: [
    { id: "people.add", label: "people.addAdmin", scope: "access:edit", run: ({ go }) => go("/people?open=admin") },
    { id: "people.refresh", label: "people.refresh", scope: "access:operate", keywords: "directory refresh", run: async (context) => (await import("./account")).refresh(context) },
    { id: "people.relogin", label: "people.relogin", scope: "access:edit", keywords: "login session", run: async (context) => (await import("./account")).relogin(context) },
  ],
};
