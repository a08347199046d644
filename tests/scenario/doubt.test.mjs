// Lost and odd answers: what is known is said, what nobody can know is shown as a doubt, and a person decides.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startMastodon } from '../networks/mastodon.mjs';
import { startTelegram, token } from '../networks/telegram.mjs';
import { Server } from './support/server.mjs';

describe('Telegram', () => {
  let server;
  let bot;
  let account;
  before(async () => {
    bot = await startTelegram();
    server = await Server.create({ flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`] });
    await server.start();
    await server.setUp();
    account = await server.connect({ channel: 'telegram', token, chat: '@soyka_coffee' });
  });
  after(async () => {
    await server.remove();
    await bot.close();
  });
  const sent = (text) => bot.oracle.filter((p) => p.text === text).length;

  test('missing rights are named when connecting', async () => {
    bot.rights = { status: 'administrator', can_post_messages: false };
    const answer = await server.call('POST', `/api/v1/projects/${server.project}/accounts`, { channel: 'telegram', token, chat: '@soyka_coffee' });
    assert.equal(answer.json.code, 'telegram.cannot_post');
    bot.rights = { status: 'left' };
    const out = await server.call('POST', `/api/v1/projects/${server.project}/accounts`, { channel: 'telegram', token, chat: '@soyka_coffee' });
    assert.equal(out.json.code, 'telegram.not_admin');
    bot.rights = { status: 'administrator', can_post_messages: true };
  });

  test('an answer that is lost leaves a doubt, and the person says the post is there', async () => {
    bot.fault('sendMessage', 'drop_after');
    const made = await server.publish(account, 'Ответ потерян');
    const held = await server.delivery(made.id, ['held']);
    assert.equal(held.reason, 'undecided');
    assert.deepEqual(held.actions, ['confirm_published', 'publish_again']);
    assert.equal(sent('Ответ потерян'), 1);
    const again = await server.call('POST', `/api/v1/projects/${server.project}/publications`, {
      account_ids: [account.id],
      details: [{ account_id: null, text: 'Ответ потерян', pictures: [] }],
      when: { kind: 'now' },
    });
    assert.equal(again.json.code, 'publication.in_doubt');
    const base = `/projects/${server.project}/deliveries/${held.id}`;
    const done = await server.ok('POST', `${base}/resolve`, { found: 'there', permalink: 'https://t.me/soyka_coffee/100' });
    assert.equal(done.deliveries[0].state, 'published');
    assert.equal(done.deliveries[0].permalink, 'https://t.me/soyka_coffee/100');
    assert.equal(sent('Ответ потерян'), 1);
  });

  test('a post that never arrived is sent again only when the person says so, as a new generation', async () => {
    bot.fault('sendMessage', 'drop_before');
    const made = await server.publish(account, 'Не дошло');
    const held = await server.delivery(made.id, ['held']);
    assert.equal(sent('Не дошло'), 0);
    const base = `/api/v1/projects/${server.project}/deliveries/${held.id}`;
    assert.equal((await server.call('POST', `${base}/resolve`, { found: 'absent', may_double: false })).json.code, 'delivery.may_double');
    await server.ok('POST', base.slice(7) + '/resolve', { found: 'absent', may_double: true });
    const published = await server.delivery(made.id, ['published']);
    assert.equal(published.generation, 1);
    assert.equal(sent('Не дошло'), 1);
  });

  test('too many requests wait as long as Telegram says, and say why', async () => {
    bot.fault('sendMessage', 'status', { status: 429, body: { ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 2 } } });
    const made = await server.publish(account, 'Не спешить');
    const waiting = await server.delivery(made.id, ['retry_wait']);
    assert.ok(['retry', 'rate_limited'].includes(waiting.waiting.code));
    assert.equal((await server.delivery(made.id, ['published'])).state, 'published');
    assert.equal(sent('Не спешить'), 1);
  });

  test('a refused text fails with what Telegram said and a remedy', async () => {
    bot.fault('sendMessage', 'status', { status: 400, body: { ok: false, error_code: 400, description: "Bad Request: can't parse entities" } });
    const made = await server.publish(account, 'Отказ');
    const failed = await server.delivery(made.id, ['failed']);
    assert.match(failed.problem.detail, /can't parse entities/);
    assert.ok(failed.problem.how_to_fix);
    assert.deepEqual(failed.actions, ['retry', 'cancel']);
  });

  test('a revoked token asks to reconnect; nothing queued is lost', async () => {
    bot.token = 'another';
    const made = await server.publish(account, 'Токен отозван');
    assert.equal((await server.delivery(made.id, ['held'])).reason, 'auth');
    bot.token = token;
    await server.ok('POST', `/projects/${server.project}/accounts/${account.id}/reconnect`, { channel: 'telegram', token, chat: '@soyka_coffee' });
    assert.equal((await server.delivery(made.id, ['published'])).state, 'published');
    assert.equal(sent('Токен отозван'), 1);
  });

  test('the token is in no file, no log line and no answer', async () => {
    const answers = JSON.stringify(await server.ok('GET', `/projects/${server.project}/accounts`));
    assert.ok(!answers.includes(token));
    assert.ok(!server.log.includes(token));
  });

  test('disconnecting erases the account and cancels what was planned for it', async () => {
    const planned = await server.publish(account, 'Не успеет', { when: { kind: 'at', wall_time: '2029-05-01T10:00' } });
    await server.ok('DELETE', `/projects/${server.project}/accounts/${account.id}`);
    assert.equal((await server.publication(planned.id)).deliveries[0].state, 'cancelled');
    assert.equal((await server.ok('GET', `/projects/${server.project}/accounts`)).items.length, 0);
  });
});

describe('Mastodon and compatible servers', () => {
  async function world(options) {
    const instance = await startMastodon(options);
    const server = await Server.create({ flags: ['--egress-allow', `127.0.0.1:${instance.port}`] });
    await server.start();
    await server.setUp();
    const { redirect } = await server.connect({ channel: 'mastodon', instance: instance.url });
    const back = await fetch(redirect, { redirect: 'manual' });
    const query = new URL(back.headers.get('location')).searchParams;
    const answer = { code: query.get('code'), state: query.get('state') };
    const account = await server.ok('POST', '/connect/return', answer);
    return { instance, server, account, answer, close: async () => (await server.remove(), await instance.close()) };
  }

  test('an answer of a sign-in serves once', async (t) => {
    const w = await world();
    t.after(w.close);
    assert.equal(w.account.server, 'Mastodon 4.5.1');
    assert.equal(w.account.idempotency, 'key');
    assert.equal((await w.server.call('POST', '/api/v1/connect/return', w.answer)).json.code, 'connect.state_unknown');
  });

  test('a lost answer is found by reading back; nothing is sent twice', async (t) => {
    const w = await world();
    t.after(w.close);
    w.instance.fault('/api/v1/statuses', 'drop_after');
    const made = await w.server.publish(w.account, 'Найдётся сам\n\nвторая <строка> & @alice@far.example');
    const delivery = await w.server.delivery(made.id, ['published', 'held']);
    assert.equal(delivery.state, 'published');
    assert.ok(delivery.events.some((e) => e.code === 'found_by_reading'));
    assert.equal(w.instance.oracle.length, 1);
  });

  test('a request that never arrived is replayed with the same key', async (t) => {
    const w = await world();
    t.after(w.close);
    w.instance.fault('/api/v1/statuses', 'drop_before');
    const made = await w.server.publish(w.account, 'Повтор с тем же ключом');
    assert.equal((await w.server.delivery(made.id, ['published', 'held'])).state, 'published');
    assert.equal(w.instance.oracle.length, 1);
  });

  test('software that ignores keys is never replayed: absent twice, it is a doubt for a person', async (t) => {
    const w = await world({ software: 'gotosocial', version: '0.20.0', honoursKeys: false });
    t.after(w.close);
    assert.equal(w.account.idempotency, 'read_back');
    w.instance.fault('/api/v1/statuses', 'drop_before');
    const made = await w.server.publish(w.account, 'Без ключей');
    const held = await w.server.delivery(made.id, ['held', 'published']);
    assert.deepEqual([held.state, held.reason], ['held', 'undecided']);
    assert.equal(w.instance.oracle.length, 0);
  });

  test('a server error after the post was accepted is a doubt that reading resolves', async (t) => {
    const w = await world();
    t.after(w.close);
    w.instance.fault('/api/v1/statuses', 'status_after', { status: 500 });
    const made = await w.server.publish(w.account, 'Пятисотая');
    assert.equal((await w.server.delivery(made.id, ['published', 'held'])).state, 'published');
    assert.equal(w.instance.oracle.length, 1);
  });

  test('a dead instance is said when connecting, and nothing is stored', async (t) => {
    const w = await world();
    t.after(w.close);
    const route = `/api/v1/projects/${w.server.project}/accounts`;
    const dead = await w.server.call('POST', route, { channel: 'mastodon', instance: 'http://127.0.0.1:9' });
    assert.ok(['network.unreachable', 'network.address_refused'].includes(dead.json.code), dead.text);
    assert.equal((await w.server.ok('GET', `/projects/${w.server.project}/accounts`)).items.length, 1);
  });
});
