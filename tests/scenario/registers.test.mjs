// The operator's registers through the API: a legal request gives nothing until it may, an incident keeps its clocks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Server, program } from './support/server.mjs';

const run = (args, input) =>
  new Promise((resolve) => {
    const child = execFile(program, args, (error, out, err) => resolve({ code: error ? (error.code ?? 1) : 0, out, err }));
    child.stdin.end(input ?? '');
  });

let server;
let second;
let token;
before(async () => {
  server = await Server.create();
  await server.start();
  await server.setUp();
  const where = ['--data', server.data, ...server.flags];
  await run(['admin', 'create-user', ...where, '--email', 'second@example.org', '--name', 'Второй', '--role', 'operator'], 'yet another long phrase\n');
  token = (await run(['token', 'create', ...where, '--email', 'canary@example.org'])).out.trim();
  second = new Server(server.data, server.port, []);
  await second.ok('POST', '/session', { email: 'second@example.org', password: 'yet another long phrase' });
  const { policy_version, terms_version } = await second.ok('GET', '/instance');
  await second.ok('POST', '/me/acknowledgements', { policy_version, terms_version, locale: 'ru' });
});
after(() => server.remove());

const demand = { authority: 'Суд', act_number: 'А-1/2026', norm: 'ст. 1', scope: ['email', 'device'], subject_email: 'canary@example.org' };

test('a legal request waits for two operators, gives its scope and nothing else, and stays in the register', async () => {
  const made = await server.ok('POST', '/registers/legal', { ...demand, gag_until: '2099-01-01T00:00:00Z' });
  assert.equal(made.waits_for, 'needs_approval');
  const base = `/registers/legal/${made.id}`;
  assert.equal((await server.call('POST', `/api/v1${base}/output`)).json.code, 'legal.needs_approval');
  assert.equal((await server.ok('POST', `${base}/approvals`)).waits_for, 'needs_second_operator');
  assert.equal((await server.ok('POST', `${base}/approvals`)).waits_for, 'needs_second_operator');
  assert.equal((await server.call('POST', `/api/v1${base}/output`)).json.code, 'legal.needs_second_operator');
  assert.equal((await second.ok('POST', `${base}/approvals`)).waits_for, null);
  const given = (await second.ok('POST', `${base}/output`)).items;
  assert.deepEqual(given.map((one) => one.kind), ['email', 'device']);
  assert.deepEqual(given[0].values, ['canary@example.org']);
  const ended = await server.ok('POST', `${base}/end`, { how: 'fulfilled' });
  assert.deepEqual([ended.ended, ended.approvals.length, ended.outputs.length, ended.outputs[0].given], ['fulfilled', 2, 1, ['email', 'device']]);
  assert.equal((await server.call('POST', `/api/v1${base}/output`)).json.code, 'legal.ended');
  const [notice] = (await server.ok('GET', '/me/notices')).items.filter((one) => one.kind === 'legal_waits');
  assert.ok(notice, 'operators are told of it');
});

test('a program, a person who is no operator, and a demand that names nothing get nowhere', async () => {
  const by = await fetch(`${server.url}/api/v1/registers/legal`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify(demand) });
  assert.equal((await by.json()).code, 'token.in_person');
  for (const [change, code] of [[{ norm: '' }, 'legal.missing'], [{ scope: ['credential'] }, 'legal.scope'], [{ subject_email: 'nobody@example.org' }, 'legal.subject'], [{ gag_until: 'soon' }, 'time.form']]) {
    assert.equal((await server.call('POST', '/api/v1/registers/legal', { ...demand, ...change })).json.code, code);
  }
});

test('an incident has its clocks, counts people by the registry and prepares letters; disclosures stay within it', async () => {
  const noticed = new Date(Date.now() - 30 * 3600_000).toISOString();
  const made = await server.ok('POST', '/registers/incidents', { what: 'Потерян диск с копией', kinds: ['email', 'ip_address'], noticed_at: noticed });
  assert.deepEqual([made.first_overdue, made.result_overdue], [true, false]);
  const base = `/registers/incidents/${made.id}`;
  const story = await server.ok('GET', `${base}?locale=ru`);
  assert.deepEqual(story.affected.map((one) => [one.kind, one.persons]), [['email', 2], ['ip_address', 2]]);
  assert.match(story.draft_for_authority, /Потерян диск с копией[\s\S]*людей: 2/);
  assert.match((await server.ok('GET', `${base}?locale=en`)).draft_for_persons, /Questions: Test operator/);
  const given = await server.ok('POST', `${base}/disclosures`, { recipient: 'Провайдер', what: ['ip_address'] });
  assert.deepEqual(given.disclosures.map((one) => [one.recipient, one.what]), [['Провайдер', ['ip_address']]]);
  assert.equal((await server.call('POST', `/api/v1${base}/disclosures`, { recipient: 'Провайдер', what: ['name'] })).json.code, 'incident.scope');
  assert.ok((await server.ok('POST', `${base}/steps`, { step: 'authority_first' })).first_at);
  assert.ok((await server.ok('POST', `${base}/steps`, { step: 'closed' })).closed_at);
  assert.equal((await server.call('POST', `/api/v1${base}/disclosures`, { recipient: 'Провайдер', what: ['ip_address'] })).json.code, 'incident.over');
  assert.equal((await server.ok('GET', '/registers/incidents')).items.length, 1);
});
