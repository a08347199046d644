// What networks do to a request and its answer (docs/publishing.md, "Faults"): B14-B25, on real sockets. A case is data: rules of the
// fault script for one account of one network, and what must be true in the end. All run side by side on one server, each with an account
// of its own; many fail at one host, so its breaker opens now and then and only delays.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { NetSim } from './support/netsim.mjs';
import { Server, eventually } from './support/server.mjs';

const published = { state: 'published', posts: 1 };
const doubt = (posts) => ({ state: 'held', reason: 'undecided', posts });
const give = (status, body = '', more = {}) => ({ answer: 'given', status, body, ...more });

// What each class ends in when an answer is lost after the network acted, and when it did not act. `bodies`: whole requests it saw.
const acted = { telegram: { ...doubt(1), bodies: 1 }, mastodon: { ...published, bodies: 1 }, gotosocial: { ...published, bodies: 1 }, bluesky: { ...published, bodies: 1 } };
const notActed = { telegram: { ...doubt(0), bodies: 1 }, mastodon: { ...published, bodies: 2 }, gotosocial: { ...doubt(0), bodies: 1 }, bluesky: { ...published, bodies: 2 } };
const never = Object.fromEntries(Object.entries(notActed).map(([network, end]) => [network, { ...end, bodies: end.bodies - 1 }]));
const asUsual = Object.fromEntries(Object.keys(acted).map((network) => [network, { ...published, bodies: 1 }]));
const after429 = Object.fromEntries(Object.keys(acted).map((network) => [network, { ...published, bodies: 2 }]));
// The reset races with the gate: before it, proof of nothing; after it, the byte left for nobody.
const either = { ...asUsual, telegram: [asUsual.telegram, never.telegram], gotosocial: [asUsual.gotosocial, never.gotosocial] };
const only = (ends, ...networks) => Object.fromEntries(networks.map((network) => [network, ends[network]]));

const nested = (depth) => `${'{"id":'.repeat(depth)}1${'}'.repeat(depth)}`;
const bomb = gzipSync(Buffer.alloc(256 << 20, ' ')).toString('base64url');
const json = { 'Content-Type': 'application/json' };

// [fault, what, rule, ends by network]
const faults = [
  ['B14', 'the body is never read', { answer: 'never_read' }, never],
  ['B15', 'accepted, then silence until the deadline', { answer: 'hang' }, acted],
  ['B15', 'not accepted, silence until the deadline', { acts: 'no', answer: 'hang' }, notActed],
  ['B16', 'reset in the middle of the body', { answer: 'reset_mid_body' }, either],
  ['B17', 'accepted, reset before the status line', { answer: 'reset' }, acted],
  ['B17', 'accepted, closed before the status line', { answer: 'close' }, acted],
  ['B18', 'accepted, then 500', give(500, '{"error":"oops"}'), acted],
  ['B18', 'accepted, then 502 with a page', give(502, '<html>bad gateway</html>'), acted],
  ['B19', '503 before acceptance', { acts: 'no', ...give(503, '{"error":"busy"}') }, notActed],
  ['B20', 'an answer of one byte a second', { answer: 'drip', pause_ms: 1000 }, acted],
  ['B20', 'headers without end', { answer: 'endless_headers', pause_ms: 0 }, acted],
  ['B20', 'headers without end, slowly', { answer: 'endless_headers', pause_ms: 700 }, acted],
  ['B21', 'an answer of 2 GB', give(200, 'x'.repeat(1 << 20), { repeat: 2048 }), acted],
  ['B21', 'a gzip bomb', { answer: 'given', headers: { ...json, 'Content-Encoding': 'gzip' }, body_base64url: bomb }, acted],
  ['B21', 'gzip that is none', { answer: 'given', headers: { 'Content-Encoding': 'gzip' }, body: 'not gzip at all' }, acted],
  ['B21', 'JSON nested 100,000 deep', give(200, nested(100_000)), acted],
  ['B21', 'JSON that ends too early', give(200, '{"id":"1'), acted],
  ['B21', 'a body that is cut', give(200, '{"id":"77","uri":"x","ok":true}', { cut: true }), acted],
  ['B21', 'a list where an object belongs', give(200, '[1,2]'), acted],
  ['B21', 'ids of a wrong type', give(200, '{"id":{"a":1},"uri":7,"ok":true,"result":{"message_id":"seven"}}'), acted],
  ['B21', 'bytes that are no UTF-8', { answer: 'given', headers: json, body_base64url: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url') }, acted],
  ['B21', 'nothing at all', give(200), acted],
  ['B21', 'a page instead of JSON', give(200, '<html>Welcome</html>', { headers: { 'Content-Type': 'text/html; charset=koi8-r' } }), acted],
  ['B22', 'an empty id', give(200, '{"id":"","uri":"","ok":true,"result":{}}'), acted],
  ['B23', '429 without a reset', { acts: 'no', ...give(429, '{"error":"slow down"}') }, after429, { least: 30 }],
  ['B23', '429 for two seconds', { acts: 'no', ...give(429, '{"ok":false,"parameters":{"retry_after":2}}', { headers: { 'Retry-After': '2' } }) }, after429, { least: 2 }],
  ['B23', '429 with a negative reset', { acts: 'no', ...give(429, '{"ok":false,"parameters":{"retry_after":-5}}', { headers: { 'Retry-After': '-5' } }) }, after429, { least: 0 }],
  ['B23', '429 until the year 9999', { acts: 'no', ...give(429, '{"ok":false,"parameters":{"retry_after":251000000000}}', { headers: { 'Retry-After': '251000000000', 'X-RateLimit-Reset': '9999-12-31T23:59:59.000Z', 'RateLimit-Reset': '253402300799' } }) }, after429, { least: 30 }],
  ['B24', '429 although it posted: honest keys hide the lie', give(429, '{"error":"slow down"}', { headers: { 'Retry-After': '1' } }), only({ ...after429 }, 'mastodon', 'bluesky')],
];
const cases = faults.flatMap(([fault, what, rule, ends, more], n) =>
  Object.entries(ends).map(([network, end]) => ({ name: `${fault}: ${what} (${network})`, fault, network, end, rule, more, account: `c${n}${network}` })),
);

const visible = { telegram: '/sendMessage', mastodon: 'POST /api/v1/statuses', gotosocial: 'POST /api/v1/statuses', bluesky: 'repo.putRecord' };

let sim;
let server;
function freshServer({ timeScale = 0.02 } = {}) {
  before(async () => {
    sim = await NetSim.start();
    server = await Server.create({ flags: sim.flags });
    server.timeScale = timeScale;
    await server.start();
    await server.setUp();
  }, { timeout: 120_000 });
  after(async () => {
    await server?.remove();
    await sim?.close();
  });
}

// Connected, with a mark that stands in the head of each of its requests.
async function account(network, name) {
  const connected = await sim.connect(server, network, name);
  const mark = { telegram: `/bot${sim.tokenOf(name)}/`, mastodon: `Bearer ${name}\r\n`, gotosocial: `Bearer ${name}\r\n`, bluesky: `did:plc:${name}\r\n` }[network];
  return { id: connected.id, network, mark };
}
const spoil = (who, rules) => sim.order('rules', { rules: rules.map((rule) => ({ network: who.network, match: [visible[who.network], who.mark], ...rule })) });

const memory = () => Number(readFileSync(`/proc/${server.process.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)[1]) / 1024;

describe('requests go wrong', () => {
  freshServer({ timeScale: 0.005 }); // or the many openings of each host's breaker, one after another, would take minutes

  describe('one request goes wrong', { concurrency: 200 }, () => {
    for (const { name, network, rule, end, more, account: handle } of cases) {
      test(name, { timeout: 240_000 }, async () => {
        const who = await account(network, handle);
        await spoil(who, [rule]);
        const text = name.replace(/[:,()]/g, '');
        const made = await server.publish(who, text);
        const delivery = await server.delivery(made.id, ['published', 'held', 'failed'], 200_000);
        const seen = await sim.seen(text);
        const found = { state: delivery.state, reason: delivery.reason ?? undefined, posts: seen.posts.length, bodies: seen.bodies };
        const ends = [end].flat().map(({ state, reason, posts, bodies }) => ({ state, reason, posts, bodies }));
        assert.deepEqual(found, ends.find((each) => each.state === found.state) ?? ends[0]);
        if (more?.least) assert.ok(Date.parse(seen.posts[0].at) - Date.parse(seen.first) >= more.least * 1000, 'not before its reset');
        if (found.state === 'held') assert.deepEqual(delivery.actions, ['confirm_published', 'publish_again']);
      });
    }
  });

  test('no answer made the server large, and the networks refused nothing of what was asked', async (t) => {
    assert.equal(server.exited, null);
    t.diagnostic(`${memory().toFixed(0)} MB at most`);
    assert.ok(memory() < 250, `${memory()} MB at most`);
    const oracle = await sim.order('oracle');
    for (const network of Object.keys(acted)) assert.deepEqual(oracle[network].refused, []);
  });

  test('every fault of the script was met', async () => {
    await eventually('no rule waits', async () => (await sim.order('oracle')).waiting === 0, 5000);
  });
});

// On a server of its own: what fails above opens breakers, which may delay the rest for minutes.
describe('connections, ids and access go wrong', { concurrency: 20 }, () => {
  freshServer();

  for (const network of Object.keys(acted)) {
    test(`B17: reset after the whole body on a connection in use: exactly one body (${network})`, { timeout: 240_000 }, async () => {
      const who = await account(network, `reused${network}`);
      await spoil(who, [{ reused: true, answer: 'reset' }]);
      const waits = async () => (await sim.order('rules')).rules.some((rule) => rule.match.includes(who.mark) && rule.times > 0);
      // One after another in the account's lane, each on the connection of the one before it when it comes soon enough.
      for (let n = 0; await waits(); ++n) {
        assert.ok(n < 20, 'some request came on a connection in use');
        const text = `Соединение ${network} ${n}`;
        const made = await server.publish(who, text);
        const delivery = await server.delivery(made.id, ['published', 'held'], 100_000);
        const { posts, bodies } = await sim.seen(text);
        assert.deepEqual([posts.length, bodies], [1, 1]);
        if (delivery.state === 'held') assert.deepEqual([network, delivery.reason], ['telegram', 'undecided']);
      }
    });
  }

  test('B22: an answer that names another post is caught: its id belongs to one delivery', async () => {
    const who = await account('mastodon', 'liar');
    await server.delivery((await server.publish(who, 'Первый у лжеца')).id, ['published'], 100_000);
    await spoil(who, [{ answer: 'foreign' }]);
    const delivery = await server.delivery((await server.publish(who, 'Второй у лжеца')).id, ['held', 'published'], 100_000);
    assert.deepEqual([delivery.state, delivery.reason], ['held', 'duplicate']);
    assert.equal((await sim.seen('Второй у лжеца')).posts.length, 1);
  });

  for (const [network, what, rule] of [
    ['mastodon', 'revoked', null],
    ['bluesky', 'taken down', null],
    ['mastodon', 'of a smaller scope', { acts: 'no', ...give(403, '{"error":"This action is outside the authorized scopes"}') }],
    ['telegram', 'without the right to post', { acts: 'no', ...give(400, '{"ok":false,"error_code":400,"description":"Bad Request: need administrator rights in the channel chat"}') }],
  ]) {
    test(`B25: access ${what} between claim and send asks to reconnect, and nothing is lost (${network})`, async () => {
      const name = `gone${network}${rule ? 'scope' : ''}`;
      const who = await account(network, name);
      const remote = network === 'bluesky' ? `did:plc:${name}` : name;
      if (rule) await spoil(who, [rule]);
      else await sim.order('revoke', { network, account: remote, revoked: true });
      const text = `Доступ ${what} ${network}`;
      // What falls due after the access is known to be lost waits for it as well.
      const soon = new Date(Date.now() + 6000 + 3 * 3600_000).toISOString().slice(0, 19);
      const next = rule ? null : await server.publish(who, `${text}, следующий`, { when: { kind: 'at', wall_time: soon } });
      const made = await server.publish(who, text);
      const held = await server.delivery(made.id, ['held', 'failed'], 100_000);
      assert.deepEqual([held.state, held.reason], ['held', 'auth']);
      const shown = (await server.ok('GET', `/projects/${server.project}/accounts`)).items.find((item) => item.id === who.id);
      assert.equal(shown.state, 'needs_reconnect');
      assert.equal((await sim.seen(text)).posts.length, 0);
      if (next) assert.equal((await server.delivery(next.id, ['held', 'failed'], 100_000)).reason, 'auth');
      if (!rule) await sim.order('revoke', { network, account: remote, revoked: false });
      await sim.reconnect(server, who.id, network, name);
      assert.equal((await server.delivery(made.id, ['published'], 100_000)).state, 'published');
      assert.equal((await sim.seen(text)).posts.length, 1);
      if (next) assert.equal((await server.delivery(next.id, ['published'], 100_000)).state, 'published');
    });
  }

  test('B27: the provider rotated the refresh token and its answer is lost: the way back is found, once', async () => {
    const who = await account('bluesky', 'rotated');
    await spoil(who, [{ acts: 'no', ...give(400, '{"error":"ExpiredToken","message":"Token has expired"}') }]);
    await sim.order('rules', { rules: [{ network: 'bluesky', match: ['refreshSession', who.mark], answer: 'reset' }] });
    const made = await server.publish(who, 'Токен сменился');
    await server.delivery(made.id, ['published'], 100_000);
    assert.equal((await sim.seen('Токен сменился')).posts.length, 1);
  });
});
