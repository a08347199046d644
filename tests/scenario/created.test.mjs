// What a client is told when it creates a publication is what it finds when it asks for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { png } from './support/png.mjs';
import { Server } from './support/server.mjs';

let server, first, second, file;

before(async () => {
  server = await Server.create();
  await server.start();
  await server.setUp();
  first = await server.ownPage('soyka');
  second = await server.ownPage('ivolga');
  file = await server.upload(png());
});
after(() => server.remove());

const at = { kind: 'at', wall_time: '2030-05-09T12:30', fold: null };
const base = { account_id: null, text: '  Новая обжарка  ', pictures: [] };
const wishes = () => ({
  'a draft without a time': { account_ids: [first.id], details: [base], when: { kind: 'draft' } },
  'a draft with a time': { account_ids: [first.id], details: [base], when: { ...at, kind: 'draft' } },
  'one account at a time': { account_ids: [first.id], details: [base], when: at, late_policy: 'skip' },
  'two accounts, versions and pictures': {
    account_ids: [second.id, first.id],
    details: [{ ...base, pictures: [{ file_id: file.id, alt: 'Сойка' }] }, { account_id: first.id, text: 'Только здесь', pictures: [{ file_id: file.id, alt: '' }] }],
    when: at,
  },
});

test('the answer to a create is the publication as it is read afterwards', async () => {
  for (const [what, wish] of Object.entries(wishes())) {
    const made = await server.ok('POST', `/projects/${server.project}/publications`, wish);
    assert.deepEqual(made, await server.publication(made.id), what);
    assert.equal(made.deliveries.length, wish.when.kind === 'draft' ? 0 : wish.account_ids.length, what);
    assert.equal(made.author, 'Канарейка Тестова', what);
  }
});

test('what is due at once is answered with its deliveries and is published', async () => {
  const made = await server.publish(first, 'Сейчас же');
  assert.equal(made.deliveries.length, 1);
  assert.ok(['scheduled', 'publishing', 'published'].includes(made.status), made.status);
  assert.ok(await server.delivery(made.id, ['published']));
});

test('the same key gives the same publication again', async () => {
  const ask = (text) => server.call('POST', `/api/v1/projects/${server.project}/publications`, { ...wishes()['one account at a time'], details: [{ ...base, text }] }, { 'Idempotency-Key': 'once' });
  const made = await ask('Раз');
  const again = await ask('Раз');
  assert.equal(made.status, 201);
  assert.deepEqual(again.json, made.json);
  assert.equal((await ask('Два')).json.code, 'request.key_reused');
});
