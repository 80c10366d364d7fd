import { IconUsers } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const people: ConsoleFeature = {
  name: "people",
  pages: [{ path: "/people", load: () => import("./People") }],
  places: [{ path: "/people", label: "people.title", icon: IconUsers, scope: "access:view" }],
  actions: [{ id: "people.add", label: "people.addAdmin", scope: "access:edit", run: (go) => go("/people?open=admin") }],
};
