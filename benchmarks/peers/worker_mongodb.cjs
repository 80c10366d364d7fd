"use strict";
// The same worker with a MongoDB client of its own, as bots in a Node process each have one.
//
// Arguments: URL ROOM DATABASE_FILE, a `config/database.json` {"uri", "options"}. Loads the admins
// and the permissions once, keeps them and the client as such a bot does, and then goes on as
// `worker.cjs`.

const { readFileSync } = require("node:fs");
const { MongoClient } = require("./node_modules/mongodb");

const [, , databaseFile] = process.argv.slice(2);

async function load() {
  const { uri, options } = JSON.parse(readFileSync(databaseFile, "utf8"));
  const client = new MongoClient(uri, options);
  await client.connect();
  const database = client.db();
  const admins = await database.collection("admin_users").find({ isActive: true }).toArray();
  const permissions = await database.collection("command_permissions").find().toArray();
  return {
    client,
    admins: new Set(admins.map((each) => each._id)),
    permissions: new Map(permissions.map((each) => [each._id, each.requiresAdmin])),
  };
}

load().then((directory) => {
  module.exports = directory; // kept for as long as the process lives
  require("./worker.cjs");
});
