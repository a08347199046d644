// The policy as people meet it: acknowledged at each version before anything else, and what is theirs to decide.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Server, program, root } from './support/server.mjs';

const run = (args, input) =>
  new Promise((resolve) => {
    const child = execFile(program, args, (error, out, err) => resolve({ code: error ? (error.code ?? 1) : 0, out, err }));
    child.stdin.end(input ?? '');
  });
const document = JSON.parse(await readFile(path.join(root, 'docs/openapi.json'), 'utf8'));

let server;
let made; // somebody whom the operator made: nobody has shown them any text
let token;
before(async () => {
  server = await Server.create();
  await server.start();
  await server.setUp();
  const where = ['--data', server.data, ...server.flags];
  await run(['admin', 'create-user', ...where, '--email', 'made@example.org', '--name', 'Сделанный', '--locale', 'ru'], 'yet another long phrase\n');
  token = (await run(['token', 'create', ...where, '--email', 'made@example.org'])).out.trim();
  made = new Server(server.data, server.port, []);
  await made.ok('POST', '/session', { email: 'made@example.org', password: 'yet another long phrase' });
});
after(() => server.remove());

test('whoever has not read the current texts gets 428 from every route but reading, acknowledging, session and the way out', async () => {
  let refused = 0;
  for (const [address, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = `${method.toUpperCase()} ${address}`;
      if (operation.security.length === 0) continue;
      if (operation['x-before-reading']) {
        assert.match(address, /^\/api\/v1\/(session|me)(\/|$)/, `${name} is about the person themselves`);
        continue;
      }
      const answer = await made.call(method.toUpperCase(), address.replace(/\{\w+\}/g, '1'), operation.requestBody ? {} : undefined);
      assert.equal(answer.status, 428, `${name} ${answer.text}`);
      assert.equal(answer.json.code, 'policy.acknowledge', name);
      refused += 1;
    }
  }
  assert.ok(refused > 30);
});

test('an access token of theirs stands still too, and can acknowledge nothing', async () => {
  const by = { Authorization: `Bearer ${token}` };
  const ask = (method, address, body) => fetch(server.url + address, { method, headers: { ...by, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
  assert.equal((await ask('GET', '/api/v1/projects')).status, 428);
  assert.equal((await ask('GET', '/api/v1/session')).status, 200);
  const { policy_version, terms_version } = await server.ok('GET', '/instance');
  const answer = await ask('POST', '/api/v1/me/acknowledgements', { policy_version, terms_version, locale: 'ru' });
  assert.equal(answer.status, 403);
  assert.equal((await answer.json()).code, 'token.in_person');
});

test('the texts can be read, with what a version changes, and acknowledging lets in', async () => {
  const session = await made.ok('GET', '/session');
  assert.deepEqual(session.unread.map((text) => text.kind).sort(), ['policy', 'terms']);
  const { policy_version, terms_version } = await made.ok('GET', '/instance');
  const now = await made.ok('GET', '/documents/policy?locale=ru');
  const first = await made.ok('GET', '/documents/policy?locale=ru&version=1');
  assert.equal(now.version, policy_version);
  assert.notEqual(now.sha256, first.sha256);
  const { items } = await made.ok('GET', '/documents/policy/changes?since=1&locale=ru');
  assert.ok(items.some((change) => change.number === '1.1.2' && /хранилищ/.test(change.after) && !/хранилищ/.test(change.before)));
  assert.equal((await made.call('GET', '/api/v1/documents/policy?version=99')).status, 404);

  const stale = await made.call('POST', '/api/v1/me/acknowledgements', { policy_version: 1, terms_version, locale: 'ru' });
  assert.equal(stale.json.code, 'policy.version_not_current');
  const after = await made.ok('POST', '/me/acknowledgements', { policy_version, terms_version, locale: 'ru' });
  assert.deepEqual(after.unread, []);
  assert.deepEqual(await made.ok('GET', '/projects'), { items: [] });
  const answer = await fetch(`${server.url}/api/v1/projects`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200, 'and the token goes on');
  const rows = (await made.ok('GET', '/me/acknowledgements')).items;
  assert.deepEqual(rows.map((row) => [row.kind, row.version]), [['policy', policy_version], ['terms', terms_version]]);
  assert.equal(rows[0].sha256, now.sha256);
});

const decide = (who, purpose, permitted, more = {}) =>
  who.call('PUT', `/api/v1/me/choices/${purpose}`, { permitted, version: 1, locale: 'ru', screen: `choice-${purpose}`, control: 'switch', ...more });
const standing = async (who) => Object.fromEntries((await who.ok('GET', '/me/choices')).items.map((one) => [one.purpose, one.permitted]));

test('nothing is consented to beforehand, each decision stands alone, and leaves a proof', async () => {
  assert.deepEqual(await standing(made), { personalise: true, improve: false, security: true, statistics: true });
  assert.equal((await decide(made, 'improve', true)).status, 200);
  assert.deepEqual(await standing(made), { personalise: true, improve: true, security: true, statistics: true });
  const withdrawn = (await decide(made, 'improve', false)).json.items.find((one) => one.purpose === 'improve');
  assert.deepEqual(withdrawn.history.map((row) => row.choice), ['given', 'withdrawn']);
  const text = await made.ok('GET', '/documents/improve?locale=ru');
  assert.ok(withdrawn.history.every((row) => row.sha256 === text.sha256 && row.proof.length === 43 && row.screen === 'choice-improve'));
  assert.notEqual(withdrawn.history[0].proof, withdrawn.history[1].proof);
  assert.equal((await decide(made, 'publish', false)).status, 404);
  assert.equal((await decide(made, 'improve', true, { version: 9 })).json.code, 'choice.text_not_current');
  assert.deepEqual(await standing(server), { personalise: true, improve: false, security: true, statistics: true }, 'of another person nothing changed');
});

test('after an objection no address of a session is shown or noted, and everybody else is as before', async () => {
  const ips = async (who) => (await who.ok('GET', '/me/sessions')).items.map((row) => row.ip);
  assert.deepEqual(await ips(made), ['127.0.0.1']);
  await decide(made, 'security', false);
  await made.ok('POST', '/session', { email: 'made@example.org', password: 'yet another long phrase' });
  assert.deepEqual(await ips(made), ['', '']);
  assert.deepEqual(await ips(server), ['127.0.0.1']);
});

test('with personalisation off no preference is read: the counters of the server stand still', async () => {
  const reads = async () => {
    const { out } = await run(['registry', '--reads', '--data', server.data, ...server.flags]);
    return Number(/preference\s+personalise\s+(\d+)/.exec(out)?.[1] ?? 0);
  };
  await made.ok('PATCH', '/me', { theme: 'dark', locale: 'ru' });
  assert.equal((await made.ok('GET', '/session')).user.theme, 'dark');
  await decide(made, 'personalise', false);
  const until = await reads();
  assert.ok(until > 0);
  const { user } = await made.ok('GET', '/session');
  assert.deepEqual([user.personalised, user.theme], [false, 'system']);
  assert.equal((await made.call('PATCH', '/api/v1/me', { theme: 'light' })).json.code, 'choice.personalise_off');
  assert.equal(await reads(), until);
  await decide(made, 'personalise', true);
  assert.equal((await made.ok('GET', '/session')).user.theme, 'dark');
});
