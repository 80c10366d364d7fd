/** The one stream of events that a page listens to; resumes by itself where it was lost. */

import { parsePlain } from "../api/plain";

export interface LiveEvent {
  seq: number;
  at: string;
  kind: string;
  subject: string | null;
  mesh_id: string | null;
  actor: string | null;
  data: Record<string, unknown>;
}

export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "lost"; since: number }
  | { state: "paused" };

type Listener = (event: LiveEvent) => void;

/** Where it is kept that the stream is paused: it stays so when the page is loaded anew. */
const PAUSED = "meshvisor.paused";
const PATH = "/api/v1/events/stream";
/** Said as lost when the browser has tried again for so long, in milliseconds. */
const PATIENCE = 2000;

/** Owns the EventSource. A paused one is closed and resumes behind the last event that it has seen. */
export class Stream {
  private source: EventSource | undefined;
  private listeners = new Set<Listener>();
  private watchers = new Set<() => void>();
  private gaps = new Set<() => void>();
  private current: Connection = { state: "connecting" };
  private lastSeq: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  open(): void {
    if (this.source) return;
    if (sessionStorage.getItem(PAUSED)) {
      this.become({ state: "paused" });
      return;
    }
    const from = this.lastSeq === undefined ? "" : `?after=${this.lastSeq}`;
    this.source = new EventSource(PATH + from);
    this.source.onopen = () => this.become({ state: "live" });
    // What the server says of the stream itself.
    this.source.addEventListener("live", () => this.become({ state: "live" }));
    this.source.addEventListener("lost", () => this.become({ state: "lost", since: Date.now() }));
    this.source.addEventListener("gap", () => this.tellGap());
    this.source.addEventListener("signed_out", () => this.tellGap());
    this.source.onmessage = (message) => this.receive(message.data as string);
    this.source.onerror = () => this.lose();
  }

  pause(): void {
    sessionStorage.setItem(PAUSED, "yes");
    this.close();
    this.become({ state: "paused" });
  }

  resume(): void {
    sessionStorage.removeItem(PAUSED);
    this.become({ state: "connecting" });
    this.open();
    this.tellGap();
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.source?.close();
    this.source = undefined;
  }

  subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Call something when events were missed for good, or the session has ended: read all anew. */
  onGap = (listener: () => void): (() => void) => {
    this.gaps.add(listener);
    return () => this.gaps.delete(listener);
  };

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  connection = (): Connection => this.current;

  private receive(text: string): void {
    const event = parsePlain(text) as LiveEvent;
    this.lastSeq = event.seq;
    for (const listener of this.listeners) listener(event);
  }

  private tellGap(): void {
    for (const listener of this.gaps) listener();
  }

  private lose(): void {
    const since = Date.now();
    this.timer ??= setTimeout(() => this.become({ state: "lost", since }), PATIENCE);
    if (this.source?.readyState !== EventSource.CLOSED) return;
    // The browser gives up where the answer was no stream: a proxy's error page, a restart.
    this.source = undefined;
    setTimeout(() => {
      if (this.current.state !== "paused") this.open();
    }, 1000);
  }

  private become(connection: Connection): void {
    if (connection.state !== "lost") {
      clearTimeout(this.timer);
      this.timer = undefined;
    }
    const isBack = this.current.state === "lost" && connection.state === "live";
    this.current = connection;
    for (const watcher of this.watchers) watcher();
    // What was asked for meanwhile had no answer, and figures have no events.
    if (isBack) this.tellGap();
  }
}

export const stream = new Stream();
