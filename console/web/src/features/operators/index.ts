import { IconKey } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";

export const operators: ConsoleFeature = {
  name: "operators",
  pages: [{ path: "/operators", load: () => import("./Operators") }],
  places: [{ path: "/operators", label: "operators.title", icon: IconKey, scope: "operators:view" }],
  actions: [
    { id: "operators.invite", label: "operators.invite", scope: "operators:admin", run: (go) => go("/operators?open=invite") },
    { id: "operators.token", label: "operators.makeToken", scope: "tokens:edit", run: (go) => go("/operators?open=token") },
  ],
};
