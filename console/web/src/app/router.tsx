import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Frame } from "./Frame";
import { NotThere } from "./NotThere";
import { FEATURES } from "./registry";

const root = createRootRoute({ component: Frame, notFoundComponent: NotThere });

const pages = FEATURES.flatMap((feature) =>
  feature.pages.map((page) =>
    createRoute({ getParentRoute: () => root, path: page.path, component: lazyRouteComponent(page.load) }),
  ),
);

export const router = createRouter({
  routeTree: root.addChildren(pages),
  defaultPreload: "intent",
  scrollRestoration: true,
});
