// Who a user of IRC really is: a nick can be taken by any user, only an account of the network's services says who has it.
"use strict";

const PATIENCE = 10; // seconds that WHOIS may take
const RETRY = 60; // seconds after which whom it has not vouched for is asked about again

const maskOf = ({ ident, hostname }) => `${ident}@${hostname}`;

// `isIn` says of a channel whether the bot is in it, `tell` is called for who comes and goes.
module.exports = (client, isIn, tell) => {
  const identities = new Map(); // nick -> {mask, account: a promise}; forgotten with the first sign of a change
  const alone = new Map(); // place of a query -> {nick, account, mask} of the user who was there last
  const after = (seconds, what) => setTimeout(what, seconds * 1000);
  const whois = (nick) => new Promise((done) => (client.whois(nick, done), after(PATIENCE, () => done({}))));
  const isShared = (name) => isIn(name.replace(/^[~&@%+]+(?=[#&+!])/, ""));

  // WHOIS tells of the user who has the nick when it is answered. That is who has written if they are in a channel with the
  // bot, which would have seen them take the nick meanwhile.
  function accountOf(message) {
    if (client.network.cap.isEnabled("account-tag")) return message.tags.account;
    const [key, mask] = [client.caseLower(message.nick), maskOf(message)];
    if (identities.get(key)?.mask === mask) return identities.get(key).account;
    const identity = { mask };
    identity.account = whois(message.nick).then((found) => {
      const isSame = identities.get(key) === identity && maskOf(found) === mask;
      if (isSame && found.account && found.channels?.split(" ").some(isShared)) return found.account;
      after(RETRY, () => identities.get(key) === identity && identities.delete(key));
    });
    identities.set(key, identity);
    return identity.account;
  }

  // Returns the user who has written, and the place that they alone read. A nick's id is never that of an account.
  async function authorOf(message) {
    const [nick, account, mask] = [message.nick, await accountOf(message), maskOf(message)];
    const place = account ? `account:${account}` : `nick:${nick}!${mask}`;
    if (account || message.direct) alone.set(place, { nick, account, mask });
    return { user: { id: account || `~${nick}`, name: nick, authenticated: Boolean(account) }, place };
  }

  // Returns the channel or nick of a place; undefined: it is not known who has the account, or the nick is another's.
  async function recipientOf(place) {
    if (!/^(account|nick):/.test(place)) return place;
    const { nick, account, mask } = alone.get(place) ?? {};
    const found = nick ? await whois(nick) : {};
    return nick && (account ? found.account === account : maskOf(found) === mask) ? nick : undefined;
  }

  for (const event of ["join", "nick", "quit", "part", "kick", "account"])
    client.on(event, (change) => {
      for (const nick of [change.nick, change.kicked, change.new_nick])
        if (nick) identities.delete(client.caseLower(nick));
      const what = { join: "user_joined", quit: "user_left" }[event];
      if (what && !client.caseCompare(change.nick, client.user.nick)) tell(what, { user: { id: `~${change.nick}` } });
    });

  return { authorOf, recipientOf, forgetAll: () => identities.clear() };
};
