// IRC as a mesh: one network is one mesh, its channels are places, a query is a direct message.
// Speaks JSON lines with Meshvisor (docs/program.md); needs `npm install irc-framework`.
"use strict";
const readline = require("node:readline");
const { Client } = require("irc-framework");

const RECONNECT_DELAY = 30; // seconds before a nick that is taken, or a channel after a kick, is tried again
const client = new Client({ auto_reconnect: false });
const accounts = new Map(); // nick in lower case -> services account, as WHOIS has told
const nicks = new Map(); // account -> nick, to write to somebody alone
let channels = [];
let isIn = false;

const tell = (type, fields = {}) => process.stdout.write(JSON.stringify({ type, ...fields }) + "\n");
const refuse = (reason, kind, retry_after) => (isIn ? quit() : tell("refused", { reason, kind, retry_after }));
const isOwn = (nick) => nick.toLowerCase() === client.user.nick.toLowerCase();

// A nick is anybody's; only an account of the network's services says who somebody is.
async function userOf(nick, tagged, direct) {
  const key = nick.toLowerCase();
  let account = tagged;
  if (!client.network.cap.isEnabled("account-tag")) {
    // Known only of those in our channels, whom we would see leave.
    if (direct || !accounts.has(key)) accounts.set(key, (await new Promise((done) => client.whois(nick, done))).account);
    account = accounts.get(key);
  }
  if (account) nicks.set(account, nick);
  return { id: account || nick, name: nick, authenticated: Boolean(account) };
}

function join({ address, account = {}, options = {} }) {
  channels = options.channels ?? [];
  const nick = options.nick ?? account.nick ?? "meshvisor";
  const login = account.password && { account: account.account ?? nick, password: account.password };
  const [host, port] = address.split(":");
  const tls = options.tls ?? true;
  client.connect({ host, port: Number(port ?? (tls ? 6697 : 6667)), tls, nick, username: nick, account: login });
}

function quit() {
  client.quit();
  setTimeout(() => process.exit(), 300);
}

client.on("registered", () => channels.forEach((channel) => client.join(channel)));
client.on("nick in use", () => refuse("the nickname is taken", "unreachable", RECONNECT_DELAY));
client.on("nick invalid", ({ nick, reason }) => refuse(`the nickname ${nick}: ${reason}`, "refused"));
client.on("sasl failed", ({ message }) => refuse(message ?? "the account is not accepted", "unauthorized"));
client.on("irc error", ({ error, channel, reason }) =>
  channel ? refuse(`${channel}: ${reason ?? error}`, "refused") : tell("log", { level: "warning", text: `${error} ${reason ?? ""}` }));
client.on("socket close", () => {
  if (!isIn) tell("refused", { reason: "the server has closed the connection or cannot be reached", kind: "unreachable" });
  setImmediate(() => process.exit());
});

client.on("join", ({ nick, channel }) => {
  accounts.delete(nick.toLowerCase()); // whoever comes may be somebody else than whoever left
  if (!isOwn(nick)) return tell("user_joined", { user: { id: nick } });
  if (isIn || channel.toLowerCase() !== channels.at(-1).toLowerCase()) return;
  isIn = true;
  // 512 bytes with everything that the server puts in front; about one line a second, else servers are slow on purpose.
  const traits = { max_bytes: 380, max_parts: 5, lines: false, fences: false, direct: true, heartbeat: true, gap: 1, burst: 4 };
  tell("joined", { self: { id: client.user.nick }, traits });
});
for (const event of ["nick", "quit", "part", "kick", "account"])
  client.on(event, ({ nick, kicked, new_nick }) => {
    for (const name of [nick, kicked, new_nick]) if (name) accounts.delete(name.toLowerCase());
    if (event === "quit") tell("user_left", { user: { id: nick } });
  });
client.on("kick", ({ kicked, channel }) => {
  if (isOwn(kicked)) setTimeout(() => client.join(channel), RECONNECT_DELAY * 1000);
});
client.on("privmsg", async ({ nick, target, message, tags, time }) => {
  if (isOwn(nick) || !isIn) return;
  const direct = isOwn(target);
  const user = await userOf(nick, tags?.account, direct);
  tell("message", { id: tags?.msgid, user, text: message, place: direct ? nick : target, direct, at: time && time / 1000 });
});

readline.createInterface({ input: process.stdin }).on("close", quit).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.type === "join") join(message);
  else if (message.type === "say") client.say(nicks.get(message.place) ?? (message.place || channels[0]), message.text);
  else if (message.type === "ping" && client.connected) tell("pong", { id: message.id });
  else if (message.type === "leave") quit();
});
