// Clause 4.1 and restriction: a person pauses what is done with their data, and nothing of theirs leaves until they resume it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startTelegram, token } from '../networks/telegram.mjs';
import { takeOut } from './support/archive.mjs';
import { program, Server, eventually, sleep } from './support/server.mjs';

let bot;
let server;
let account;
let page;
const sent = (text) => bot.oracle.filter((post) => post.text === text).length;
const wallTime = (ms) => new Date(Date.now() + ms + 3 * 3600 * 1000).toISOString().slice(0, 19); // Europe/Moscow
const at = (ms) => ({ kind: 'at', wall_time: wallTime(ms) });
const publish = (text, when, one = account) =>
  server.call('POST', `/api/v1/projects/${server.project}/publications`, { account_ids: [one.id], details: [{ account_id: null, text, pictures: [] }], when });

before(async () => {
  bot = await startTelegram();
  server = await Server.create({ flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`] });
  await server.start();
  await server.setUp();
  account = await server.connect({ channel: 'telegram', token, chat: '@soyka_coffee' });
  page = await server.ownPage();
});
after(async () => {
  await server?.remove();
  await bot?.close();
});

test('what was planned waits with its reason, nothing of it leaves, and it goes on when it is lifted', { timeout: 60_000 }, async () => {
  const soon = (await publish('Скоро', at(3000))).json;
  const late = (await publish('Через полгода', at(180 * 86_400_000))).json;
  const paused = await server.ok('POST', '/me/restriction');
  assert.ok(paused.restricted_at);
  for (const made of [soon, late]) {
    const [delivery] = (await server.publication(made.id)).deliveries;
    assert.deepEqual([delivery.state, delivery.reason], ['held', 'restricted']);
    assert.equal(delivery.events.at(-1).code, 'person_restricted');
    const retry = await server.call('POST', `/api/v1/projects/${server.project}/deliveries/${delivery.id}/retry`);
    assert.equal(retry.json.code, 'person.restricted');
  }
  await sleep(4000);
  assert.equal(sent('Скоро'), 0, 'its time has passed');
  const resumed = await server.ok('DELETE', '/me/restriction');
  assert.equal(resumed.restricted_at, null);
  await server.delivery(soon.id, ['published']);
  assert.equal(sent('Скоро'), 1);
  assert.equal((await server.publication(late.id)).deliveries[0].state, 'scheduled');
  await server.ok('DELETE', `/projects/${server.project}/publications/${late.id}`);
});

test('new plans and accounts are refused, drafts and the own data are not', async () => {
  await server.ok('POST', '/me/restriction');
  for (const [when, one] of [[{ kind: 'now' }, account], [at(86_400_000), account], [{ kind: 'now' }, page]]) {
    assert.equal((await publish('Нельзя', when, one)).json.code, 'person.restricted');
  }
  const connect = await server.call('POST', `/api/v1/projects/${server.project}/accounts`, { channel: 'telegram', token, chat: '@other' });
  assert.equal(connect.json.code, 'person.restricted');
  const draft = (await publish('Черновик', { kind: 'draft' })).json;
  assert.equal(draft.status, 'draft');
  assert.equal((await server.ok('PATCH', '/me', { name: 'Канарейка Новая' })).name, 'Канарейка Новая');
  assert.ok((await takeOut(server)).members['person.json'].includes('Канарейка Новая'));
  await server.ok('DELETE', `/projects/${server.project}/publications/${draft.id}`);
  await server.ok('POST', '/me/restriction'); // again changes nothing
  await server.ok('DELETE', '/me/restriction');
  assert.equal(sent('Нельзя'), 0);
});

test('what a network has not taken yet is not sent again', { timeout: 60_000 }, async () => {
  bot.fault('sendMessage', 'status', { status: 429, body: { ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 2 } } });
  const made = (await publish('Ещё раз', { kind: 'now' })).json;
  await server.delivery(made.id, ['retry_wait']);
  await server.ok('POST', '/me/restriction');
  const [held] = (await server.publication(made.id)).deliveries;
  assert.deepEqual([held.state, held.reason], ['held', 'restricted']);
  await sleep(3000);
  assert.equal(sent('Ещё раз'), 0);
  await server.ok('DELETE', '/me/restriction');
  await server.delivery(made.id, ['published']);
  assert.equal(sent('Ещё раз'), 1);
});

test('of one who was at work when it began, either all was out or nothing is', { timeout: 60_000 }, async () => {
  const made = [];
  for (let n = 0; n < 12; ++n) made.push((await publish(`Вперемешку ${n}`, { kind: 'now' })).json.id);
  await server.ok('POST', '/me/restriction');
  await eventually('nothing is under way', async () => {
    const all = await Promise.all(made.map(async (id) => (await server.publication(id)).deliveries[0].state));
    return all.every((state) => ['published', 'held'].includes(state));
  });
  const out = bot.oracle.length;
  await sleep(1500);
  assert.equal(bot.oracle.length, out, 'nothing left after it');
  await server.ok('DELETE', '/me/restriction');
  for (const [n, id] of made.entries()) {
    await server.delivery(id, ['published']);
    assert.equal(sent(`Вперемешку ${n}`), 1);
  }
});

test('whoever signed up by themselves publishes once the operator confirmed the address, and drafts before', async () => {
  const server = await Server.create();
  try {
    await server.start();
    await server.setUp({ name: 'Оператор', email: 'operator@example.org' });
    await server.ok('PATCH', '/instance', { mode: 'open' });
    server.cookie = undefined;
    await server.ok('POST', '/signup', { name: 'Гость', email: 'guest@example.org', password: 'four unrelated words here', locale: 'ru', ...(await server.currentTexts()) });
    server.project = (await server.ok('POST', '/projects', { name: 'Гостевой', zone: 'UTC' })).id;
    const page = await server.ownPage('gost');
    const body = (kind) => ({ account_ids: [page.id], details: [{ account_id: null, text: 'Первый пост', pictures: [] }], when: { kind } });
    const refused = await server.call('POST', `/api/v1/projects/${server.project}/publications`, body('now'));
    assert.equal(refused.status, 403);
    assert.equal(refused.json.code, 'person.unconfirmed');
    assert.equal((await server.call('POST', `/api/v1/projects/${server.project}/publications`, body('draft'))).status, 201);
    const flags = server.database ? ['--database', server.cluster.address(server.database)] : [];
    const { stdout } = await promisify(execFile)(program, ['admin', 'confirm-address', '--email', 'guest@example.org', '--data', server.data, ...flags]);
    assert.match(stdout, /Confirmed/);
    await server.delivery((await server.publish(page, 'Первый пост')).id, ['published']);
  } finally {
    await server.remove();
  }
});
