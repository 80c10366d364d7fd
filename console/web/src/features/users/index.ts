import { IconUserPin } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const users: ConsoleFeature = {
  name: "users",
  pages: [
    { path: "/users", load: () => import("./Users") },
    { path: "/users/$id", load: () => import("./User") },
  ],
  places: [{ path: "/users", label: "users.title", group: "station", icon: IconUserPin, shortcut: "m", scope: "station:view" }],
  kinds: () => import("./kinds"),
  actions: [
    { id: "users.add", label: "users.add", scope: "station:edit", keywords: "new user", run: ({ go }) => go("/users?open=add") },
    { id: "groups.add", label: "groups.add", scope: "station:edit", run: ({ go }) => go("/users?open=group") },
  ],
};
