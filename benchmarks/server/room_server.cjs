"use strict";
// A neutral room server: what every contender's workers connect to while they are measured.
//
// It speaks protoo over WebSocket (`GET /?roomId=R&peerId=P`, subprotocol `protoo`): answers the
// requests `fullyJoined` and `clientPing`, refuses others with 404, and passes a `chatMessage`
// on to everyone else in the room. It does nothing more, so that the contenders are measured and
// not the server. One process, one thread, no files.
//
// Towards the harness: every connect and disconnect, and when asked for every chat message, is one
// JSON line on stdout, stamped with CLOCK_MONOTONIC in nanoseconds (the clock of Python's
// time.monotonic_ns); commands are JSON lines on stdin; the end of stdin ends the server.

const http = require("node:http");
const readline = require("node:readline");
const { WebSocketServer } = require("../peers/node_modules/ws");

// protoo's code for "closed by the server for good".
const CLOSED_FOR_GOOD = 4000;
// Every worker of a large fleet may knock at once; Node's default of 511 would drop some.
const LISTEN_BACKLOG = 4096;

let reportsChats = false; // to do less while nobody wants to know
const rooms = new Map(); // room id -> Map(peer id -> WebSocket)

function now() {
  return Number(process.hrtime.bigint());
}

function report(event) {
  process.stdout.write(JSON.stringify(event) + "\n");
}

function enter(socket, room, peer) {
  const peers = rooms.get(room) ?? new Map();
  rooms.set(room, peers);
  const earlier = peers.get(peer);
  peers.set(peer, socket);
  // The newer connection wins: a restarted worker may knock before its old socket is gone.
  if (earlier) earlier.close(CLOSED_FOR_GOOD, "replaced");
}

function leave(socket, room, peer) {
  const peers = rooms.get(room);
  if (!peers || peers.get(peer) !== socket) return;
  peers.delete(peer);
  if (peers.size === 0) rooms.delete(room);
}

function broadcast(room, from, data) {
  const frame = JSON.stringify({
    notification: true,
    method: "chatMessage",
    data: { ...data, from },
  });
  for (const [peer, socket] of rooms.get(room) ?? []) {
    if (peer !== from) socket.send(frame);
  }
}

function answer(socket, request) {
  const known = request.method === "fullyJoined" || request.method === "clientPing";
  const result = known
    ? { ok: true, data: {} }
    : { errorCode: 404, errorReason: "unknown method" };
  socket.send(JSON.stringify({ response: true, id: request.id, ...result }));
}

function receive(socket, room, peer, text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return;
  }
  if (message.request) {
    answer(socket, message);
  } else if (message.notification && message.method === "chatMessage") {
    if (reportsChats) report({ event: "said", t: now(), room, peer, text: message.data.chat });
    broadcast(room, peer, message.data);
  }
}

function accept(socket, request) {
  const t = now();
  const query = new URL(request.url, "ws://localhost").searchParams;
  const room = query.get("roomId");
  const peer = query.get("peerId");
  report({ event: "connect", t, room, peer, port: request.socket.remotePort });
  enter(socket, room, peer);
  socket.on("message", (text) => receive(socket, room, peer, text));
  socket.on("error", () => {}); // "close" follows and is what counts
  socket.on("close", (code) => {
    leave(socket, room, peer);
    report({ event: "disconnect", t: now(), room, peer, code });
  });
}

function obey(line) {
  const command = JSON.parse(line);
  if (command.op === "report-chats") reportsChats = true;
  if (command.op === "say") {
    broadcast(command.room, "1001_harness", {
      chat: command.chat,
      id: command.id,
      user_metas: [],
    });
  }
}

const server = http.createServer((_, response) => response.writeHead(426).end());
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  handleProtocols: (offered) => (offered.has("protoo") ? "protoo" : false),
  verifyClient: ({ req }, done) => {
    const query = new URL(req.url, "ws://localhost").searchParams;
    const wellFormed =
      query.get("roomId") && query.get("peerId") && req.headers["sec-websocket-protocol"];
    done(Boolean(wellFormed), 400, "roomId, peerId and the subprotocol protoo are needed");
  },
});
sockets.on("connection", accept);
server.listen(0, "127.0.0.1", LISTEN_BACKLOG, () => {
  report({ event: "listening", t: now(), port: server.address().port });
});

const commands = readline.createInterface({ input: process.stdin });
commands.on("line", obey);
commands.on("close", () => process.exit(0));
