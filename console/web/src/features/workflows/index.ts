import { IconRoute } from "@tabler/icons-react";
import i18next from "i18next";
import type { ConsoleFeature } from "../../app/features";
import { learn } from "../../i18n";

/** Their texts come with the pages: the first page has no room for them. */
const worded = <T>(page: () => Promise<T>) => async () => (await Promise.all([page(), learn(i18next.language)]))[0];

export const workflows: ConsoleFeature = {
  name: "workflows",
  pages: [
    { path: "/workflows", load: worded(() => import("./Workflows")) },
    { path: "/workflows/new", load: worded(() => import("./NewWorkflow")) },
    { path: "/workflows/templates", load: worded(() => import("./Templates")) },
    { path: "/workflows/executions", load: worded(() => import("./Executions")) },
    { path: "/workflows/executions/$id", load: worded(() => import("./Execution")) },
    { path: "/workflows/approvals", load: worded(() => import("./Approvals")) },
    { path: "/workflows/events/$seq", load: worded(() => import("./Event")) },
    { path: "/workflows/$id/revisions", load: worded(() => import("./Revisions")) },
    { path: "/workflows/$id", load: worded(() => import("./Workflow")) },
  ],
  places: [{ path: "/workflows", label: "workflows.title", group: "station", icon: IconRoute, shortcut: "w", scope: "processes:view" }],
  kinds: worded(() => import("./kinds")),
  actions: [
    { id: "workflows.templates", label: "workflows.fromTemplate", scope: "processes:create", keywords: "add new template", run: ({ go }) => go("/workflows/templates") },
    { id: "workflows.add", label: "workflows.add", scope: "processes:create", keywords: "create yaml import", run: ({ go }) => go("/workflows/new") },
    { id: "workflows.executions", label: "workflows.allExecutions", scope: "processes:view", keywords: "runs history", run: ({ go }) => go("/workflows/executions") },
    { id: "workflows.approvals", label: "workflows.approvals", scope: "processes:view", keywords: "answer questions", run: ({ go }) => go("/workflows/approvals") },
  ],
};
