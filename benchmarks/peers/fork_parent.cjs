"use strict";
// A parent in the manner of a plain Node bot manager: child_process.fork, one child per mesh.
//
// Arguments: FLEET_FILE, a JSON file {"url", "rooms": [...], "restartDelayMs", "shutdownMs",
// "worker": file name beside this one, "workerArguments": [...] behind URL and room}.
// Starts a child per room, restarts what exits, polls every child on request ("poll" on stdin;
// answers {"poll_ms"} on stdout) and stops them politely on SIGTERM or SIGINT.

const { fork } = require("node:child_process");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

// How often such parents look after their children; these polls are not timed.
const STATUS_POLL_MS = 30_000;

const fleet = JSON.parse(readFileSync(process.argv[2], "utf8"));
const worker = path.join(__dirname, fleet.worker);
const children = new Map(); // room -> ChildProcess
let stopping = false;
let poll = null; // {id, asked, waiting, startedAt} while one is under way

function spawn(room) {
  const child = fork(worker, [fleet.url, room, ...fleet.workerArguments], {
    stdio: ["ignore", 2, "inherit", "ipc"],
  });
  children.set(room, child);
  child.on("message", (message) => receive(room, message));
  child.on("error", () => {}); // "exit" follows
  child.on("exit", () => {
    children.delete(room);
    if (poll) answered(room); // nobody waits for the dead
    if (stopping) return finishIfEmpty();
    if (fleet.restartDelayMs > 0) setTimeout(spawn, fleet.restartDelayMs, room);
    else spawn(room);
  });
}

function receive(room, message) {
  if (message.type === "status_response" && message.id === poll?.id) answered(room);
}

function answered(room) {
  poll.waiting.delete(room);
  if (poll.waiting.size > 0) return;
  const elapsed = Number(process.hrtime.bigint() - poll.startedAt) / 1e6;
  if (poll.asked) process.stdout.write(JSON.stringify({ poll_ms: elapsed }) + "\n");
  poll = null;
}

function startPoll(asked) {
  const id = Math.random();
  poll = { id, asked, waiting: new Set(children.keys()), startedAt: process.hrtime.bigint() };
  for (const child of children.values()) {
    if (child.connected) child.send({ type: "status_request", id });
  }
}

function finishIfEmpty() {
  if (children.size === 0) process.exit(0);
}

function stop() {
  if (stopping) return;
  stopping = true;
  for (const child of children.values()) {
    if (child.connected) child.send({ type: "shutdown" });
  }
  setTimeout(() => {
    for (const child of children.values()) child.kill("SIGKILL");
  }, fleet.shutdownMs).unref();
  finishIfEmpty();
}

process.on("SIGTERM", stop);
process.on("SIGINT", stop);
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "poll") startPoll(true);
});
setInterval(() => {
  if (!poll) startPoll(false);
}, STATUS_POLL_MS).unref();
for (const room of fleet.rooms) spawn(room);
