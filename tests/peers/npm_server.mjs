// A mesh server made of the npm package protoo-server, driven by JSON lines on stdin, telling
// what happens as JSON lines on stdout. It knows as little of watch-party rooms as it needs to.
//
//   {"do": "notify" | "request", "peer", "method", "data"}
//   {"do": "raw" | "binary", "peer", "text"}           a frame that protoo would never send
//   {"do": "drop" | "close", "peer"}                   cut the socket | close with 4000
//   {"do": "silence", "peer"}                          stop reading and writing, keep the socket
//   {"do": "reject", "code", "reason"}                 the next connect, before the upgrade
//   {"do": "refuse", "code", "reason"}                 the next request, as its answer

import http from 'node:http';
import readline from 'node:readline';
import { createRequire } from 'node:module';

const protoo = createRequire(import.meta.url)('protoo-server');

const keepaliveInterval = Number(process.argv[2] ?? 60000);
const say = (event, fields) => console.log(JSON.stringify({ event, ...fields }));
const web = http.createServer();
const room = new protoo.Room();
const transports = new Map();
let rejection = null;
let refusal = null;

const server = new protoo.WebSocketServer(web, {
  keepaliveInterval,
  keepaliveGracePeriod: keepaliveInterval,
});

server.on('connectionrequest', ({ request }, accept, reject) => {
  const query = Object.fromEntries(new URL(request.url, 'http://x').searchParams);

  say('connect', { ...query, path: request.url.split('?')[0], headers: request.headers });
  if (rejection) {
    reject(rejection.code, rejection.reason);
    rejection = null;
    return;
  }
  const transport = accept();

  try {
    welcome(room.createPeer(query.peerId, transport), transport);
  } catch (error) {
    say('unwelcome', { peer: query.peerId, reason: error.message });
  }
});

function welcome(peer, transport) {
  transports.set(peer.id, transport);
  peer.on('close', () => say('close', { peer: peer.id }));
  peer.on('notification', ({ method, data }) => say('notification', { peer: peer.id, method, data }));
  peer.on('request', ({ method, data }, accept, reject) => {
    say('request', { peer: peer.id, method, data });
    if (refusal) {
      reject(refusal.code, refusal.reason);
      refusal = null;
    } else {
      accept({ answered: method });
    }
  });
}

const actions = {
  notify: ({ peer, method, data }) => room.getPeer(peer).notify(method, data),
  request: ({ peer, method, data }) => room.getPeer(peer).request(method, data)
    .then((answer) => say('answer', { peer, method, data: answer }))
    .catch((error) => say('refused', { peer, method, code: error.code, reason: error.message })),
  raw: ({ peer, text }) => transports.get(peer)._connection.sendUTF(text),
  binary: ({ peer, text }) => transports.get(peer)._connection.sendBytes(Buffer.from(text)),
  drop: ({ peer }) => transports.get(peer)._socket.destroy(),
  silence: ({ peer }) => transports.get(peer)._socket.pause(),
  close: ({ peer }) => room.getPeer(peer).close(),
  reject: (what) => { rejection = what; },
  refuse: (what) => { refusal = what; },
};

readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);

    actions[command.do](command);
  })
  .on('close', () => process.exit(0));

web.listen(0, '127.0.0.1', () => say('listening', { port: web.address().port }));
