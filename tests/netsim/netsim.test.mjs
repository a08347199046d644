// The network simulator is a judge and a saboteur: that it counts right, and that every fault is the fault it says.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { NetSim } from '../scenario/support/netsim.mjs';

let sim;
before(async () => (sim = await NetSim.start()));
after(() => sim?.close());
beforeEach(() => sim.order('reset', {}));

const post = (text, key = 'k', account = 'ann', network = 'mastodon') =>
  fetch(`${sim.url(network)}/api/v1/statuses`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${account}`, 'Idempotency-Key': key },
    body: JSON.stringify({ status: text }),
  });

// Bytes as they are on one connection: everything that came back until the other side closed, or `null` for a reset.
async function raw(bytes, { network = 'mastodon', wait = 0 } = {}) {
  const socket = net.connect(sim.ports[network], '127.0.0.1');
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise((resolve) => {
    socket.once('error', () => resolve(null));
    socket.once('end', () => resolve(Buffer.concat(chunks).toString()));
    if (wait) setTimeout(() => resolve(Buffer.concat(chunks).toString()), wait);
  });
  await once(socket, 'connect');
  socket.write(bytes);
  const answer = await ended;
  socket.destroy();
  return answer;
}
const head = (length) => `POST /api/v1/statuses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann\r\nContent-Length: ${length}\r\n\r\n`;

test('a request that lacks its last byte is no request', async () => {
  const body = JSON.stringify({ status: 'whole' });
  await raw(head(body.length) + body.slice(0, -1), { wait: 200 });
  const { posts, bodies } = await sim.seen('whole');
  assert.deepEqual([posts, bodies], [[], 0]);
});

test('Mastodon honours its key and counts both bodies; GoToSocial posts twice', async () => {
  await post('same', 'one');
  assert.equal((await post('same', 'one')).status, 200);
  const honoured = await sim.seen('same');
  assert.deepEqual([honoured.posts.length, honoured.posts[0].key, honoured.bodies], [1, 'one', 2]);
  await post('twice', 'two', 'ann', 'gotosocial');
  await post('twice', 'two', 'ann', 'gotosocial');
  assert.equal((await sim.seen('twice')).posts.length, 2);
});

test('Telegram and Bluesky keep their own rules', async () => {
  const bot = (method, body) => fetch(`${sim.url('telegram')}/bot1:x/${method}`, { method: 'POST', body: JSON.stringify(body) }).then((r) => r.json());
  const { result } = await bot('getChat', { chat_id: '@coffee' });
  assert.equal((await bot('getChat', { chat_id: '@coffee' })).result.id, result.id);
  assert.equal((await bot('sendMessage', { chat_id: result.id, text: 'hi' })).result.message_id, 1);
  assert.equal((await sim.seen('hi')).posts[0].account, String(result.id));
  const xrpc = (method, body, token) => fetch(`${sim.url('bluesky')}/xrpc/com.atproto.${method}`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify(body) }).then((r) => r.json());
  const { accessJwt } = await xrpc('server.createSession', { identifier: 'did:plc:ann', password: 'x' });
  const record = { repo: 'did:plc:ann', collection: 'app.bsky.feed.post', rkey: 'r', swapRecord: null, record: { text: 'sky' } };
  await xrpc('repo.putRecord', record, accessJwt);
  assert.equal((await xrpc('repo.putRecord', record, accessJwt)).error, 'InvalidSwap');
  assert.deepEqual((await sim.seen('sky')).posts.map((p) => p.key), ['r']);
});

test('a lost answer: acted or not, reset or closed', async () => {
  await sim.script([{ match: '/statuses', answer: 'reset' }, { match: '/statuses', acts: 'no', answer: 'close' }]);
  await assert.rejects(post('acted'));
  await assert.rejects(post('not acted', 'other'));
  assert.equal((await sim.seen('acted')).posts.length, 1);
  assert.deepEqual([(await sim.seen('not acted')).posts.length, (await sim.seen('not acted')).bodies], [0, 1]);
  assert.equal((await sim.order('oracle')).waiting, 0);
});

test('a reset in the middle of a body never counts a body', async () => {
  await sim.script([{ answer: 'reset_mid_body' }]);
  const body = JSON.stringify({ status: 'cut' });
  assert.equal(await raw(head(body.length) + body.slice(0, 5)), null);
  assert.equal((await sim.seen('cut')).bodies, 0);
});

test('a late server acts after the connection broke', async () => {
  await sim.script([{ acts: 'late', late_ms: 300, answer: 'reset' }]);
  await assert.rejects(post('late'));
  assert.equal((await sim.seen('late')).posts.length, 0);
  for (let i = 0; i < 100 && (await sim.seen('late')).posts.length === 0; ++i) await new Promise((r) => setTimeout(r, 50));
  assert.equal((await sim.seen('late')).posts.length, 1);
});

test('given answers: status, headers, a body that is larger than memory has to be, and one that is cut', async () => {
  await sim.script([
    { acts: 'no', answer: 'given', status: 429, headers: { 'Retry-After': '-5' }, body: 'slow' },
    { answer: 'given', body: 'x'.repeat(1 << 20), repeat: 64 },
    { answer: 'given', body: '{"id":', cut: true },
  ]);
  const slow = await post('429');
  assert.deepEqual([slow.status, slow.headers.get('retry-after'), await slow.text()], [429, '-5', 'slow']);
  assert.equal((await (await post('large', 'l')).arrayBuffer()).byteLength, 64 << 20);
  await assert.rejects(post('short', 's').then((r) => r.text()));
});

test('a foreign id is the one of the post before', async () => {
  const first = await (await post('first', '1')).json();
  await sim.script([{ answer: 'foreign' }]);
  assert.equal((await (await post('second', '2')).json()).id, first.id);
  assert.equal((await sim.seen('second')).posts.length, 1);
});

test('a drip comes byte by byte and endless headers never end', async () => {
  await sim.script([{ answer: 'drip', pause_ms: 1 }, { answer: 'endless_headers', pause_ms: 0 }]);
  assert.equal((await post('dripped')).status, 200);
  await assert.rejects(post('endless', 'e'));
});

test('rules wait their turn, take their share and name their network', async () => {
  await sim.script([{ network: 'gotosocial', acts: 'no', answer: 'given', status: 500 }, { match: 'Bearer bob', skip: 1, acts: 'no', answer: 'given', status: 503 }]);
  assert.deepEqual([(await post('a', '1', 'bob')).status, (await post('b', '2', 'bob')).status, (await post('c', '3', 'bob')).status], [200, 503, 200]);
  await sim.script([{ times: 0, probability: 0.5, acts: 'no', answer: 'given', status: 500 }], 7);
  const statuses = [];
  for (let i = 0; i < 40; ++i) statuses.push((await post('d', `k${i}`)).status);
  assert.ok(statuses.includes(200) && statuses.includes(500));
});

test('a rule for reused connections spares the first request of one', async () => {
  await sim.script([{ reused: true, times: 0, acts: 'no', answer: 'given', status: 503, body: 'again' }]);
  const body = JSON.stringify({ status: 'reused' });
  const answers = await raw((head(body.length) + body).repeat(2), { wait: 300 });
  assert.deepEqual(answers.match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 503']);
});

test('a shut door refuses, and opens on the same port', async () => {
  await sim.order('door', { network: 'mastodon', open: false });
  await assert.rejects(post('refused'), (failure) => failure.cause.code === 'ECONNREFUSED');
  await sim.order('door', { network: 'mastodon', open: true });
  assert.equal((await post('refused')).status, 200);
});

test('a revoked account is told so until it is restored', async () => {
  await sim.order('revoke', { network: 'mastodon', account: 'ann', revoked: true });
  assert.equal((await post('no')).status, 401);
  await sim.order('revoke', { network: 'mastodon', account: 'ann', revoked: false });
  assert.equal((await post('no')).status, 200);
});

test('an order or a rule that it does not know is refused', async () => {
  await assert.rejects(sim.script([{ answer: 'maybe' }]), /does not know "maybe"/);
  await assert.rejects(sim.script([{ colour: 'red' }]), /a rule has no "colour"/);
  await assert.rejects(sim.order('dance', { network: 'mastodon' }), /no order/);
});
