import { IconKey } from "@tabler/icons-react";
import type { ConsoleFeature } from "../../app/features";
import { canHavePasskeys } from "../../session/passkey";

export const operators: ConsoleFeature = {
  name: "operators",
  pages: [{ path: "/operators", load: () => import("./Operators") }],
  places: [{ path: "/operators", label: "operators.title", group: "setup", icon: IconKey, shortcut: "u", scope: "operators:view" }],
  kinds: () => import("./kinds"),
  actions: [
    { id: "operators.invite", label: "operators.invite", scope: "operators:admin", run: ({ go }) => go("/operators?open=invite") },
    { id: "operators.token", label: "operators.makeToken", scope: "tokens:edit", run: ({ go }) => go("/operators?open=token") },
    { id: "operators.passkey", label: "operators.passkeyAdd", keywords: "passkey fingerprint", isPossible: canHavePasskeys, run: ({ go }) => go("/operators?open=passkey") },
    { id: "operators.password", label: "operators.passwordChange", run: ({ go }) => go("/operators?open=password") },
  ],
};
