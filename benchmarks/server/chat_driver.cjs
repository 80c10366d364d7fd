"use strict";
// People in many rooms who keep typing one command: the load of the chat row.
//
// Arguments: URL COMMAND RATE SECONDS ROOM… One peer joins each room and sends COMMAND RATE times
// a second; the rooms are staggered so that the load is even. A reply is the next chat message
// from somebody else in the room. Prints one JSON line at the end:
// {"sent", "answered", "refused", "latencies_ms": [...]}; "refused" are answers that say who may
// use the command instead of obeying it.

const { WebSocket } = require("../peers/node_modules/ws");

// How long after the last command a late reply still counts as answered.
const GRACE_MS = 2000;

const [url, command, rateText, secondsText, ...roomIds] = process.argv.slice(2);
const intervalMs = 1000 / Number(rateText);
const durationMs = Number(secondsText) * 1000;
const REFUSAL = "Only admins ";
const latencies = [];
let sent = 0;
let refused = 0;

function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

class Talker {
  constructor(room, number) {
    this.waiting = new Map(); // message id -> when it was sent
    this.number = number;
    const query = `?roomId=${encodeURIComponent(room)}&peerId=${2000 + number}_driver`;
    this.socket = new WebSocket(url + query, ["protoo"], { perMessageDeflate: false });
    this.socket.on("message", (text) => this.receive(text));
    this.opened = new Promise((resolve, reject) => {
      this.socket.once("open", resolve);
      this.socket.once("error", reject);
    });
  }

  receive(text) {
    const message = JSON.parse(text);
    if (message.method !== "chatMessage") return;
    const named = message.data.reply;
    // A worker that does not name the message it answers: answers come in order.
    const id = this.waiting.has(named) ? named : this.waiting.keys().next().value;
    if (id === undefined) return;
    latencies.push(nowMs() - this.waiting.get(id));
    this.waiting.delete(id);
    if (message.data.chat.startsWith(REFUSAL)) refused += 1;
  }

  talk() {
    const id = `driver-${this.number}-${sent}`;
    sent += 1;
    const data = { chat: command, id, user_metas: [] };
    this.waiting.set(id, nowMs());
    this.socket.send(JSON.stringify({ notification: true, method: "chatMessage", data }));
  }

  start() {
    const offset = (this.number / roomIds.length) * intervalMs;
    setTimeout(() => {
      this.talk();
      this.timer = setInterval(() => this.talk(), intervalMs);
    }, offset);
  }
}

async function main() {
  const talkers = roomIds.map((room, number) => new Talker(room, number));
  await Promise.all(talkers.map((talker) => talker.opened));
  for (const talker of talkers) talker.start();
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  for (const talker of talkers) clearInterval(talker.timer);
  await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
  const result = { sent, answered: latencies.length, refused, latencies_ms: latencies };
  process.stdout.write(JSON.stringify(result) + "\n", () => process.exit(0));
}

main();
