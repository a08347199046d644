// The Bluesky connector against the real PDS: connect, publish with pictures, kill after the gate, read back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { png } from '../scenario/support/png.mjs';
import { eventually, Server } from '../scenario/support/server.mjs';
import { startPds } from './start_pds.mjs';

let pds;
let bluesky;
let server;
let account;

async function xrpc(method, name, body, token) {
  const query = method === 'GET' && body ? `?${new URLSearchParams(body)}` : '';
  const response = await fetch(`${pds}/xrpc/${name}${query}`, {
    method,
    headers: { ...(method === 'POST' && { 'Content-Type': 'application/json' }), ...(token && { Authorization: `Bearer ${token}` }) },
    body: method === 'POST' ? JSON.stringify(body) : undefined,
  });
  const text = await response.text();
  const json = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(`${name}: ${response.status} ${JSON.stringify(json)}`);
  return json;
}

const records = async () => (await xrpc('GET', 'com.atproto.repo.listRecords', { repo: account.did, collection: 'app.bsky.feed.post' })).records;

before(async () => {
  bluesky = await startPds();
  pds = bluesky.pds;
  account = await xrpc('POST', 'com.atproto.server.createAccount', { handle: 'soyka.test', email: 'soyka@example.org', password: 'main password' });
  account.appPassword = (await xrpc('POST', 'com.atproto.server.createAppPassword', { name: 'postmypost' }, account.accessJwt)).password;
  server = await Server.create({ flags: ['--egress-allow', `localhost:${bluesky.ports.pds},localhost:${bluesky.ports.plc}`] });
  await server.start();
  await server.setUp();
}, { timeout: 120_000 });

after(async () => {
  await server?.remove();
  await bluesky?.stop();
});

const connect = () => server.connect({ channel: 'bluesky', handle: 'soyka.test', app_password: account.appPassword, pds });

test('a wrong app password is refused in words, the main password by its form', async () => {
  const route = `/api/v1/projects/${server.project}/accounts`;
  const refused = async (app_password) => (await server.call('POST', route, { channel: 'bluesky', handle: 'soyka.test', app_password, pds })).json;
  assert.equal((await refused('abcd-efgh-ijkl-mnop')).code, 'bluesky.sign_in_refused');
  assert.equal((await refused('main password')).code, 'bluesky.app_password_form');
  assert.equal((await server.ok('GET', `/projects/${server.project}/accounts`)).items.length, 0);
});

test('a post with two pictures, a link, a mention and a hashtag is published as a record', async () => {
  const soyka = await connect();
  assert.equal(soyka.handle, '@soyka.test');
  const pictures = [];
  for (const tint of [10, 200]) pictures.push({ file_id: (await server.upload(png(400, 300, tint))).id, alt: `Тон ${tint}` });
  const text = 'Привет, @soyka.test! https://example.org/обжарка #кофе';
  const made = await server.publish(soyka, text, { pictures });
  const delivery = await server.delivery(made.id, ['published']);
  assert.match(delivery.permalink, /^https:\/\/bsky\.app\/profile\/soyka\.test\/post\/[2-7a-z]{13}$/);
  const [record] = await records();
  assert.equal(record.value.text, text);
  assert.deepEqual(record.value.embed.images.map((i) => i.alt), ['Тон 10', 'Тон 200']);
  assert.deepEqual(record.value.embed.images[0].aspectRatio, { width: 400, height: 300 });
  const bytes = Buffer.from(text);
  const facets = record.value.facets.map((f) => [f.features[0].$type.split('#')[1], bytes.subarray(f.index.byteStart, f.index.byteEnd).toString()]);
  assert.deepEqual(facets.sort(), [['link', 'https://example.org/обжарка'], ['mention', '@soyka.test'], ['tag', '#кофе']]);
  const { disclosures } = await server.publication(made.id);
  assert.equal(disclosures.length, 1);
  assert.deepEqual(disclosures[0].what, ['credential', 'text', 'pictures', 'alt_text']);
  assert.equal(disclosures[0].outcome, 'delivered');
});

for (const point of ['engine.intent', 'engine.before_gate', 'engine.gate', 'egress.after_last_byte', 'engine.answered', 'engine.before_outcome']) {
  test(`killed at ${point}, the post is there exactly once and never stays in doubt`, async () => {
    const [soyka] = (await server.ok('GET', `/projects/${server.project}/accounts`)).items;
    await server.stop();
    await server.start({ POSTMYPOST_FAULT: `${point}:1` });
    const text = `Убит в точке ${point}`;
    const made = await server.publish(soyka, text).catch(() => null);
    await server.ended;
    assert.equal(server.exited.signal, 'SIGKILL');
    await server.start();
    const id = made?.id ?? (await server.ok('GET', `/projects/${server.project}/publications`)).items.find((c) => c.excerpt === text).id;
    const delivery = await server.delivery(id, ['published', 'held', 'failed']);
    assert.equal(delivery.state, 'published');
    assert.equal((await records()).filter((r) => r.value.text === text).length, 1);
  });
}

test('a paused account asks to reconnect and holds the post, which goes out after reconnecting', async () => {
  const [soyka] = (await server.ok('GET', `/projects/${server.project}/accounts`)).items;
  await xrpc('POST', 'com.atproto.server.deactivateAccount', {}, account.accessJwt);
  const made = await server.publish(soyka, 'После паузы');
  const held = await server.delivery(made.id, ['held', 'published']);
  assert.equal(held.state, 'held');
  assert.equal(held.reason, 'auth');
  const [lost] = (await server.ok('GET', `/projects/${server.project}/accounts`)).items;
  assert.equal(lost.state, 'needs_reconnect');
  assert.ok(lost.problem.how_to_fix);
  const session = await xrpc('POST', 'com.atproto.server.createSession', { identifier: 'soyka.test', password: 'main password' });
  const activate = await fetch(`${pds}/xrpc/com.atproto.server.activateAccount`, { method: 'POST', headers: { Authorization: `Bearer ${session.accessJwt}` } });
  assert.equal(activate.status, 200);
  await server.ok('POST', `/projects/${server.project}/accounts/${soyka.id}/reconnect`, {
    channel: 'bluesky', handle: 'soyka.test', app_password: account.appPassword, pds,
  });
  assert.equal((await server.delivery(made.id, ['published'])).state, 'published');
  assert.equal((await records()).filter((r) => r.value.text === 'После паузы').length, 1);
});

test('before the account is disconnected every record of ours is deleted there, through an ended session', async () => {
  const [soyka] = (await server.ok('GET', `/projects/${server.project}/accounts`)).items;
  const mine = await records();
  assert.ok(mine.length > 3);
  const foreign = await xrpc('POST', 'com.atproto.server.createSession', { identifier: 'soyka.test', password: 'main password' });
  await xrpc('POST', 'com.atproto.repo.createRecord', { repo: account.did, collection: 'app.bsky.feed.post', record: { $type: 'app.bsky.feed.post', text: 'Не наше', createdAt: '2026-01-02T03:04:05.000Z' } }, foreign.accessJwt);
  const asked = await server.call('POST', `/api/v1/projects/${server.project}/accounts/${soyka.id}/withdrawal`);
  assert.equal(asked.status, 202, asked.text);
  assert.equal(asked.json.posts, mine.length);
  await eventually('the account is disconnected', async () => (await server.ok('GET', `/projects/${server.project}/accounts`)).items.length === 0);
  assert.deepEqual((await records()).map((record) => record.value.text), ['Не наше'], 'what others put there stays');
});
