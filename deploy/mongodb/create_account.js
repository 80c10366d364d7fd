// Makes the only account of the database, once, when its volume is new (see docker-compose.yml).
//
// It owns Meshvisor's database, so that it can change its own password, and may do nothing else.  Run
// by the image's entrypoint before other clients can connect.

const password = process.env.MONGODB_PASSWORD;
if (!password) {
  throw new Error("MONGODB_PASSWORD is empty: put it into .env, see docs/deployment.md");
}

db.getSiblingDB("meshvisor").createUser({
  user: "meshvisor",
  pwd: password,
  roles: [{ role: "dbOwner", db: "meshvisor" }],
});
