"use strict";
// The worker that every peer supervises: one connection to one room, as a bot would hold it.
//
// Arguments: URL ROOM. Joins, pings every 6 s, reconnects with a growing delay, answers "?ping",
// spins for ever on "?spin" (the hung-worker row), and leaves politely on SIGTERM or, under Node's
// fork, on a `shutdown` message. It has no database, no permissions and no log: less than a real
// bot, so the comparison favours the peers.

const { WebSocket } = require("./node_modules/ws");

const PING_EVERY_MS = 6000;
const FIRST_RECONNECT_MS = 1000;
const LAST_RECONNECT_MS = 12500;
// How long the server may take to answer the polite close.
const CLOSE_WITHIN_MS = 2000;
const MAX_ID = 10_000_000;

const [url, room] = process.argv.slice(2);
const started = Date.now();
let socket;
let state = "ready";
let reconnectMs = FIRST_RECONNECT_MS;
let leaving = false;

function tell(type, fields = {}) {
  if (process.send && process.connected) process.send({ type, meshId: room, ...fields });
}

function request(method) {
  const id = Math.floor(Math.random() * MAX_ID);
  socket.send(JSON.stringify({ request: true, id, method, data: {} }));
}

function reply(to, chat) {
  const data = { chat, id: `${room}-${Date.now()}`, reply: to, user_metas: [] };
  socket.send(JSON.stringify({ notification: true, method: "chatMessage", data }));
}

function receive(text) {
  const message = JSON.parse(text);
  if (!message.notification || message.method !== "chatMessage") return;
  if (message.data.chat === "?ping") reply(message.data.id, "Pong!");
  if (message.data.chat === "?spin") for (;;);
}

function connect() {
  const query = `?roomId=${encodeURIComponent(room)}&peerId=1000_bot`;
  socket = new WebSocket(url + query, ["protoo"], { perMessageDeflate: false });
  socket.on("open", () => {
    state = "connected";
    reconnectMs = FIRST_RECONNECT_MS;
    request("fullyJoined");
    tell("connected");
  });
  socket.on("message", receive);
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    if (leaving) process.exit(0);
    state = "disconnected";
    tell("disconnected");
    setTimeout(connect, reconnectMs);
    reconnectMs = Math.min(reconnectMs * 2, LAST_RECONNECT_MS);
  });
}

function leave() {
  leaving = true;
  if (state !== "connected") process.exit(0);
  socket.close(1000);
  setTimeout(() => process.exit(0), CLOSE_WITHIN_MS).unref();
}

process.on("SIGTERM", leave);
process.on("SIGINT", leave);
process.on("message", (message) => {
  if (message.type === "shutdown") leave();
  if (message.type === "status_request") {
    const memory = process.memoryUsage().rss;
    tell("status_response", { id: message.id, state, uptime: Date.now() - started, memory });
  }
});
setInterval(() => {
  if (state === "connected") request("clientPing");
}, PING_EVERY_MS);
connect();
tell("ready");
