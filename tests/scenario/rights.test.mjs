// Every route of the committed OpenAPI document, tried by nobody, by a stranger and without the cross-site header.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Server, root } from './support/server.mjs';

const document = JSON.parse(await readFile(path.join(root, 'docs/openapi.json'), 'utf8'));
const routes = Object.entries(document.paths).flatMap(([address, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), address, operation })),
);
const open = (route) => route.operation.security.length === 0;

let server;
let stranger;
let ids;
before(async () => {
  server = await Server.create();
  await server.start();
  await server.setUp();
  const account = await server.ownPage();
  const made = await server.publish(account, 'Чужое не трогать');
  const delivery = await server.delivery(made.id, ['published']);
  const invitation = await server.ok('POST', '/invitations', {});
  const rubric = await server.ok('POST', `/projects/${server.project}/rubrics`, { name: 'Чужая рубрика' });
  ids = { rubric: rubric.id, project: server.project, account: account.id, publication: made.id, delivery: delivery.id, file: 1, session: 1, invitation: invitation.id };
  stranger = new Server(server.data, server.port, []);
  await stranger.ok('POST', '/signup', {
    name: 'Чужой', email: 'stranger@example.org', password: 'entirely different words', locale: 'ru',
    ...(await server.currentTexts()), invitation: invitation.link.split('/').pop(),
  });
});
after(() => server.remove());

const addressOf = (route) => route.address.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? 'x');
const ask = (route, headers) =>
  fetch(server.url + addressOf(route), {
    method: route.method,
    headers: { ...(route.operation.requestBody && { 'Content-Type': 'application/json' }), ...headers },
    body: route.operation.requestBody ? '{}' : undefined,
  });

test('the document holds the whole table', () => assert.ok(routes.length >= 45));

for (const route of routes.filter((r) => !open(r))) {
  test(`${route.method} ${route.address}: nobody is turned away`, async () => {
    const answer = await ask(route, { 'X-Requested-With': 'postmypost' });
    assert.equal(answer.status, 401);
    assert.equal((await answer.json()).code, 'session.none');
  });
}

for (const route of routes.filter((r) => r.address.includes('{project}'))) {
  test(`${route.method} ${route.address}: a stranger finds nothing`, async () => {
    const answer = await ask(route, { 'X-Requested-With': 'postmypost', Cookie: stranger.cookie });
    assert.equal(answer.status, 404, await answer.clone().text());
  });
}

for (const route of routes.filter((r) => r.method !== 'GET')) {
  test(`${route.method} ${route.address}: another site can't ask for it`, async () => {
    for (const headers of [{}, { 'X-Requested-With': 'postmypost', 'Sec-Fetch-Site': 'cross-site' }, { 'X-Requested-With': 'postmypost', Origin: 'https://evil.example' }]) {
      const answer = await ask(route, { Cookie: server.cookie, ...headers });
      assert.equal(answer.status, 403, `${JSON.stringify(headers)} ${await answer.clone().text()}`);
    }
  });
}

test('only the operator changes the server and invites', async () => {
  for (const [method, address] of [['PATCH', '/api/v1/instance'], ['POST', '/api/v1/invitations'], ['GET', '/api/v1/invitations'], ['DELETE', `/api/v1/invitations/${ids.invitation}`]]) {
    const answer = await stranger.call(method, address, method === 'GET' || method === 'DELETE' ? undefined : {});
    assert.equal(answer.json.code, 'right.operator', `${method} ${address}`);
  }
});

test('every answer carries the security headers', async () => {
  for (const address of ['/', '/api/v1/instance', '/api/v1/session', '/@soyka', '/nowhere.txt']) {
    const { headers } = await fetch(server.url + address);
    for (const name of ['content-security-policy', 'x-content-type-options', 'referrer-policy', 'x-request-id']) assert.ok(headers.get(name), `${address} ${name}`);
  }
});

test('unknown addresses are 404 and wrong methods 405 with what is allowed', async () => {
  assert.equal((await server.call('GET', '/api/v1/nothing')).status, 404);
  const wrong = await server.call('PUT', '/api/v1/projects');
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get('allow'), 'GET, HEAD, POST');
});

test('an invitation to a project makes its guest a member, and nothing more', async () => {
  const invitation = await server.ok('POST', '/invitations', { project_id: ids.project });
  const token = invitation.link.split('/').pop();
  assert.equal((await server.ok('GET', `/invitations/${token}`)).project_name, 'Сойка');
  const guest = new Server(server.data, server.port, []);
  const session = await guest.ok('POST', '/signup', {
    name: 'Гость', email: 'guest@example.org', password: 'some quite other words', locale: 'en',
    ...(await server.currentTexts()), invitation: token,
  });
  assert.deepEqual(session.projects.map((p) => [p.id, p.right]), [[ids.project, 'editor']]);
  assert.equal((await guest.call('PATCH', `/api/v1/projects/${ids.project}`, { name: 'Моё' })).json.code, 'right.owner');
});
