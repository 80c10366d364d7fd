import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Frame } from "./Frame";
import { Failed } from "./Failed";
import { NotThere } from "./NotThere";
import { FEATURES } from "./registry";
import { part } from "./release";
import { withDialogs } from "../ui/dialogs";

/** What it opens waits for dialogs itself. */
const FIRST = "/";

const root = createRootRoute({ component: Frame, notFoundComponent: NotThere });

const pages = FEATURES.flatMap((feature) =>
  feature.pages.map((page) =>
    createRoute({ getParentRoute: () => root, path: page.path, component: lazyRouteComponent(part(page.path === FIRST ? page.load : withDialogs(page.load))) }),
  ),
);

export const router = createRouter({
  routeTree: root.addChildren(pages),
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: Failed,
});
