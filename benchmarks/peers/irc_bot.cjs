// What a bot on IRC is without us: one connection of irc-framework, one channel, one command.
//   node irc_bot.cjs HOST PORT TLS NICK CHANNEL ACCOUNT PASSWORD
"use strict";
const { Client } = require("irc-framework");

const [host, port, tls, nick, channel, account, password] = process.argv.slice(2);
const client = new Client({ auto_reconnect: false });
client.on("registered", () => client.join(channel));
client.on("message", (said) => said.message === "?ping" && said.reply("pong"));
client.on("close", () => process.exit(1));
client.connect({
  host,
  port: Number(port),
  tls: tls === "tls",
  rejectUnauthorized: false, // the server's certificate is its own
  nick,
  username: nick,
  account: account ? { account, password } : undefined,
});
