// IRC as a mesh: one network is one mesh, its channels are places, a query is a direct message.
// Speaks JSON lines with Meshvisor (docs/program.md); needs `npm install irc-framework`.
"use strict";
const readline = require("node:readline");
const { Client } = require("irc-framework");

const RETRY = 60; // seconds before a nick that is taken, or a channel that the bot is not in, is tried again
const client = new Client({ auto_reconnect: false });
const channels = new Map(); // name in lower case -> {name, isIn, isAsked, why}
const said = new Map(); // PING behind what was said -> {id, target, error, kind}
const people = require("./people.js")(client, (name) => channelOf(name)?.isIn, (...news) => isIn && tell(...news));
let [home, retry, isIn, isLeaving, farewell] = ["", RETRY, false, false, ""];
const tell = (type, fields) => process.stdout.write(JSON.stringify({ type, ...fields }) + "\n");
const log = (text, level = "warning") => tell("log", { text, level });
const refuse = (reason, kind, retry_after) => tell("refused", { reason, kind, retry_after });
const channelOf = (name) => channels.get(client.caseLower(name));
const isOwn = (nick) => client.caseCompare(nick, client.user.nick);
const enter = (channel) => client.join(Object.assign(channel, { isAsked: true }).name);

function join({ address, account = {}, options = {} }) {
  for (const name of [options.channels ?? []].flat()) channels.set(client.caseLower(name), { name });
  if (!channels.size) return refuse("options.channels names no channel", "unreachable");
  [home, retry] = [channels.values().next().value.name, options.retry ?? RETRY];
  const nick = options.nick ?? account.nick ?? "meshvisor";
  const login = account.password && { account: account.account ?? nick, password: account.password };
  const [, v6, name, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(address) ?? [null, address];
  const server = { host: v6 ?? name, port: Number(port ?? (options.tls === false ? 6667 : 6697)), tls: options.tls ?? true };
  client.connect({ ...server, nick, username: nick, account: login, message_max_length: 400 });
}

// Takes in that the bot is in a channel, or why it is not.
function moved(channel, why) {
  if (why && why !== channel.why) log(`${channel.name}: ${why}`);
  Object.assign(channel, { why, isIn: !why, isAsked: false });
  people.forgetAll(); // users who are there are seen from now on, or not any more
  if (why) setTimeout(() => enter(channel), retry * 1000);
  const all = [...channels.values()];
  if (isIn || all.some((one) => one.isAsked)) return;
  if (!all.some((one) => one.isIn)) return refuse(all.map((one) => `${one.name}: ${one.why}`).join("; "), "refused");
  isIn = true;
  // 512 bytes with all that the server puts in front; each message is two lines, and servers slow down who says more.
  const traits = { max_bytes: 380, max_parts: 5, lines: false, fences: false, direct: "account:{id}", gap: 2, burst: 4 };
  tell("joined", { self: { id: client.user.nick }, traits: { ...traits, acknowledges: true, heartbeat: true } });
}

async function say({ id, text, place }) {
  const target = await people.recipientOf(place || home);
  if (!target) return tell("sent", { id, error: "it is not known which nick they have now" });
  said.set(`said-${id}`, { id, target: client.caseLower(target) });
  client.say(target, text);
  client.ping(`said-${id}`); // an error about a message comes before its answer
}

function quit() {
  isLeaving = true;
  client.quit();
  setTimeout(() => process.exit(), 300);
}

client.on("registered", () => channels.forEach(enter));
client.on("nick in use", () => refuse("the nickname is taken", "unreachable", RETRY));
client.on("nick invalid", ({ nick, reason }) => refuse(`the nickname ${nick}: ${reason}`, "refused"));
client.on("sasl failed", ({ message }) => refuse(message ?? "the account is not accepted", "unauthorized"));
client.on("irc error", ({ error, reason }) => error === "irc" && (farewell = `the server says: ${reason}`));
client.on("socket close", (error) => {
  const reason = farewell || (error ? `the connection has failed: ${error.message}` : "the server has closed the connection");
  if (!isLeaving) tell(isIn ? "ended" : "refused", { reason, kind: isIn ? "lost" : "unreachable" });
  setImmediate(() => process.exit());
});
client.on("pong", ({ message: ping }) => {
  if (said.has(ping)) tell("sent", said.get(ping));
  said.delete(ping);
});
// An error with a channel or nick is that one's alone.
client.connection.on("message", ({ command, params: [, target, ...more] }) => {
  if (!/^([45]\d\d|716)$/.test(command) || !more.length) return;
  const [key, error, channel] = [client.caseLower(target), more.at(-1), channelOf(target)];
  const failed = [...said.values()].find((one) => one.target === key && !one.error);
  if (failed) Object.assign(failed, { error, kind: ["401", "403"].includes(command) ? "gone" : "later" });
  log(`${target}: ${error}`, failed ? "warning" : "debug");
  if (channel?.isAsked) moved(channel, error);
});
for (const event of ["join", "part", "kick"])
  client.on(event, ({ nick, kicked, channel }) => {
    const why = event === "join" ? undefined : `sent away by ${nick}`;
    if (isOwn(kicked ?? nick) && channelOf(channel)) moved(channelOf(channel), why);
  });
client.on("privmsg", async ({ group = "", target, time, ...message }) => {
  if (!isIn || !message.nick || isOwn(message.nick)) return;
  const [direct, at, id] = [isOwn(target), time && time / 1000, message.tags?.msgid];
  const { user, place } = await people.authorOf({ ...message, direct });
  tell("message", { id, user, text: message.message, place: direct ? place : group + target, direct, at });
});

const acts = { join, say, leave: quit, ping: ({ id }) => client.connected && tell("pong", { id }) };
readline.createInterface({ input: process.stdin }).on("close", quit).on("line", (line) => {
  const message = JSON.parse(line);
  acts[message.type]?.(message);
});
