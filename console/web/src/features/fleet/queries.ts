import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";
import { stream } from "../../live/stream";

export type MeshHealth = components["schemas"]["ProcessHealth"];
export type Happening = components["schemas"]["EventRecord"];
export type Sample = components["schemas"]["FigureSample"];
export type WantedMesh = components["schemas"]["WantedMesh"];
export type Discovered = components["schemas"]["DiscoveryReport"];
export type Blocked = components["schemas"]["BlockedMesh"];

export const FLEET = ["fleet"] as const;

/** What the last look for meshes has found; only looking makes it. */
export const foundQuery = queryOptions<Discovered>({ queryKey: ["discovered"], enabled: false, staleTime: Infinity });

/** What changes the state of meshes, as families of events. */
export const FAMILIES = ["mesh.", "block."] as const;

/** Figures such as memory change without an event; in milliseconds. */
const FIGURES_EVERY = 10_000;
const LOG_EVERY = 2_000;
const MOST_EVENTS = 500;
const MOST_LINES = 500;

/** Nothing moves while the stream is paused. */
const figuresEvery = () => (stream.connection().state === "paused" ? false : FIGURES_EVERY);

/** States, restarts and blocks; what users write or do in rooms is left out. */
const OF_A_MESH = "mesh.waiting,mesh.spawning,mesh.ready,mesh.connected,mesh.disconnected,mesh.unhealthy,mesh.restarting,mesh.stopped,mesh.blocked,mesh.failed,block.*";

export const fleetQuery = queryOptions({
  queryKey: [...FLEET, "all"],
  queryFn: () => read(api.GET("/api/v1/fleet/meshes")),
  refetchInterval: figuresEvery,
});

export const wantedQuery = queryOptions({ queryKey: [...FLEET, "wanted"], queryFn: () => read(api.GET("/api/v1/fleet/meshes/wanted")) });
export const blockedQuery = queryOptions({ queryKey: [...FLEET, "blocked"], queryFn: () => read(api.GET("/api/v1/blocklist")) });

export function meshQuery(id: string) {
  return queryOptions({
    queryKey: [...FLEET, "one", id],
    queryFn: () => read(api.GET("/api/v1/fleet/meshes/{mesh_id}", { params: { path: { mesh_id: id } } })),
    refetchInterval: figuresEvery,
  });
}

/** The newest events of one mesh, the newest last. */
export function happeningsQuery(id: string) {
  return queryOptions({
    queryKey: [...FLEET, "happenings", id],
    queryFn: () => read(api.GET("/api/v1/events", { params: { query: { mesh_id: id, kinds: OF_A_MESH, limit: MOST_EVENTS } } })),
  });
}

/** What is said in rooms, by users and by bots for operators. */
export const MESSAGES = "message.*";
const MOST_MESSAGES = 100;

export function chatQuery(id: string) {
  return queryOptions({
    queryKey: ["chat", id],
    queryFn: () => read(api.GET("/api/v1/events", { params: { query: { mesh_id: id, kinds: MESSAGES, limit: MOST_MESSAGES } } })),
  });
}

/** Lag and memory of the last rounds. */
export function historyQuery(id: string) {
  return queryOptions({
    queryKey: [...FLEET, "history", id],
    queryFn: () => read(api.GET("/api/v1/fleet/meshes/{mesh_id}/history", { params: { path: { mesh_id: id } } })),
    refetchInterval: FIGURES_EVERY,
  });
}

/** Of a mesh or a lane; empty: of everything. */
export function logQuery(id: string, isFollowed: boolean) {
  return queryOptions({
    queryKey: ["log", id],
    queryFn: () => read(api.GET("/api/v1/logs", { params: { query: { mesh_id: id || undefined, lines: MOST_LINES } } })),
    refetchInterval: isFollowed ? LOG_EVERY : false,
    refetchOnWindowFocus: isFollowed,
  });
}
