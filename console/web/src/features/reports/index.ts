import type { ConsoleFeature } from "../../app/features";

export const reports: ConsoleFeature = {
  name: "reports",
  pages: [
    { path: "/reports", load: () => import("./Reports") },
    { path: "/reports/$key", load: () => import("./Report") },
  ],
  actions: [{ id: "reports.read", label: "reports.read", scope: "reports:view", run: ({ go }) => go("/reports") }],
};
