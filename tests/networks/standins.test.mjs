// The stand-ins of Telegram and Mastodon are judges: what they let through, the connectors' tests take for right. So they
// are tested for what they refuse, by the project's own tables and, where it is at hand, by the full schema.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startMastodon } from './mastodon.mjs';
import { hasSpecs } from './standin.mjs';
import { channel, startTelegram, token } from './telegram.mjs';

const schemas = { skip: hasSpecs ? false : 'no shared data (the full schemas of the networks)' };
let telegram;
let mastodon;

before(async () => {
  [telegram, mastodon] = await Promise.all([startTelegram(), startMastodon()]);
  mastodon.accessToken = 'token';
});
after(() => Promise.all([telegram?.close(), mastodon?.close()]));

async function bot(method, parameters, { secret = token } = {}) {
  const form = parameters instanceof FormData;
  const response = await fetch(`${telegram.url}/bot${secret}/${method}`, {
    method: 'POST',
    headers: form ? {} : { 'Content-Type': 'application/json' },
    body: form ? parameters : JSON.stringify(parameters),
  });
  return { status: response.status, ...(await response.json()) };
}

async function toot(body, headers = { 'Idempotency-Key': crypto.randomUUID() }, route = '/api/v1/statuses') {
  const response = await fetch(mastodon.url + route, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer token', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

test('Telegram: a message that keeps the rules is in the oracle once', async () => {
  const sent = await bot('sendMessage', { chat_id: channel, text: 'Доброе утро' });
  assert.equal(sent.ok, true);
  assert.deepEqual(telegram.oracle.map((post) => [post.id, post.text]), [[sent.result.message_id, 'Доброе утро']]);
});

for (const [what, method, parameters, description] of [
  ['a missing text', 'sendMessage', { chat_id: channel }, 'text is empty'],
  ['an unknown parameter', 'sendMessage', { chat_id: channel, text: 'a', colour: 'red' }, 'unknown parameter colour'],
  ['4097 characters', 'sendMessage', { chat_id: channel, text: 'a'.repeat(4097) }, 'message is too long'],
  ['a method nobody should need', 'banChatMember', { chat_id: channel, user_id: 1 }, 'not expected'],
  ['an album of one', 'sendMediaGroup', { chat_id: channel, media: [{ type: 'photo', media: 'file1' }] }, '2-10 items'],
  ['a picture that is not attached', 'sendMediaGroup', { chat_id: channel, media: [1, 2].map((n) => ({ type: 'photo', media: `attach://picture${n}` })) }, 'wrong file identifier'],
  ['a foreign chat', 'getChat', { chat_id: -100 }, 'chat not found'],
]) {
  test(`Telegram: ${what} is refused`, async () => {
    const posts = telegram.oracle.length;
    const refused = await bot(method, parameters);
    assert.equal(refused.ok, false);
    assert.ok(refused.description.includes(description), refused.description);
    assert.equal(telegram.oracle.length, posts);
  });
}

test('Telegram: a wrong token is refused', async () => {
  assert.equal((await bot('getMe', {}, { secret: '1:wrong' })).status, 401);
});

test('Mastodon: the same Idempotency-Key posts once', async () => {
  const key = { 'Idempotency-Key': 'one' };
  const [first, second] = [await toot({ status: 'Доброе утро' }, key), await toot({ status: 'Доброе утро' }, key)];
  assert.equal(first.status, 200);
  assert.equal(second.json.id, first.json.id);
  assert.equal(mastodon.oracle.length, 1);
});

for (const [what, body, headers, error] of [
  ['a status without Idempotency-Key', { status: 'a' }, {}, 'no Idempotency-Key'],
  ['501 characters', { status: 'a'.repeat(501) }, undefined, 'Text character limit of 500 exceeded'],
  ['a picture that was never uploaded', { status: 'a', media_ids: ['9'] }, undefined, 'not found or already attached'],
  ['a revoked token', { status: 'a' }, { Authorization: 'Bearer other' }, 'access token is invalid'],
]) {
  test(`Mastodon: ${what} is refused`, async () => {
    const refused = await toot(body, headers);
    assert.ok(refused.status >= 400);
    assert.ok(refused.json.error.includes(error), refused.json.error);
    assert.equal(mastodon.oracle.length, 1);
  });
}

test('Mastodon: a route that the API has but we never use is refused', async () => {
  assert.equal((await toot({}, {}, '/api/v1/lists')).status, 404);
});

test('Mastodon, full schema: a field that the API does not know is refused', schemas, async () => {
  const refused = await toot({ status: 'a', colour: 'red' });
  assert.deepEqual([refused.status, refused.json.error], [422, 'unknown field colour']);
});

test('a fault is met once: acted upon and never answered, then everything as before', async () => {
  telegram.fault('sendMessage', 'drop_after');
  const posts = telegram.oracle.length;
  await assert.rejects(bot('sendMessage', { chat_id: channel, text: 'Без ответа' }));
  assert.equal(telegram.oracle.length, posts + 1);
  assert.equal((await bot('sendMessage', { chat_id: channel, text: 'С ответом' })).ok, true);
});
