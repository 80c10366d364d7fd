// The npm client in one room: says what happens as JSON lines, asks what it reads from stdin.
// Run with NODE_PATH=tests/peers/node_modules; its one argument is the address.
'use strict';

const readline = require('readline');
const protoo = require('protoo-client');

const say = (event, fields) => console.log(JSON.stringify({ event, ...fields }));
const transport = new protoo.WebSocketTransport(process.argv[2], {
	retry: { retries: 50, factor: 1, minTimeout: 50, maxTimeout: 50 }
});
const peer = new protoo.Peer(transport);

peer.on('open', () => say('open'));
peer.on('failed', () => say('failed'));
peer.on('disconnected', () => say('disconnected'));
peer.on('close', () => { say('close'); process.exit(0); });
peer.on('notification', ({ method, data }) => say('notification', { method, data }));
peer.on('request', ({ method, data }, accept, reject) => {
	if (method === 'how')
		accept({ heard: data });
	else
		reject(404, 'unknown');
});

readline.createInterface({ input: process.stdin }).on('line', (line) => {
	const { kind, method, data } = JSON.parse(line);

	if (kind === 'notify')
		peer.notify(method, data);
	else
		peer.request(method, data)
			.then((answer) => say('answer', { method, data: answer }))
			.catch((error) => say('refused', { method, code: error.code, reason: error.message }));
}).on('close', () => peer.close());
