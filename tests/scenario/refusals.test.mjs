// Every refusal that follows from the route table, asked of every route: made from `postmypost routes` and the OpenAPI document, so
// that a new route can't be forgotten.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { program, Server } from './support/server.mjs';

const routes = JSON.parse(execFileSync(program, ['routes'], { encoding: 'utf8' }));
const document = JSON.parse(execFileSync(program, ['openapi'], { encoding: 'utf8', maxBuffer: 1 << 26 }));
const NOBODY = 987_654_321; // an id that is nowhere
let server, tokens, foreign;
let asked = 0;

const isOpen = (route) => ['set_up', 'anyone', 'anonymous'].includes(route.right);
const isOfProject = (route) => ['member', 'owner'].includes(route.right);
const writes = (route) => route.same_site;
const name = (route) => `${route.method} ${route.path}`;
const textParameters = { kind: 'policy', purpose: 'improve', token: 'nothing' };

function address(route, project = server.project, id = NOBODY) {
  return route.path.replace(/\{(\w+)\}/g, (_, parameter) => (parameter === 'project' ? project : (textParameters[parameter] ?? id)));
}

async function ask(route, { token, cookie, headers = {}, body, url = address(route) } = {}) {
  asked += 1;
  const init = { method: route.method, headers: { ...headers }, redirect: 'manual' };
  if (token) init.headers.Authorization = `Bearer ${token}`;
  if (cookie) init.headers.Cookie = cookie;
  if (body !== undefined) {
    init.body = body;
    init.headers['Content-Type'] ??= 'application/json';
  } else if (route.has_body) {
    init.body = '{}';
    init.headers['Content-Type'] ??= 'application/json';
  }
  const response = await fetch(server.url + url, init);
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, json: /json/.test(type) && text ? JSON.parse(text) : null, text };
}

// A refusal is a problem (RFC 9457) with all that a client needs to go on.
function refused(answer, status, codes, what) {
  assert.equal(answer.status, status, `${what}: ${answer.status} ${answer.text}`);
  assert.match(answer.type, /^application\/problem\+json/, what);
  for (const member of ['title', 'code', 'detail', 'how_to_fix', 'request_id']) assert.ok(answer.json[member], `${what}: no ${member} in ${answer.text}`);
  assert.equal(answer.json.status, status);
  assert.ok(codes.includes(answer.json.code), `${what}: ${answer.json.code} is none of ${codes}`);
}

async function tokenOf(client, scopes = '') {
  return (await client.ok('POST', '/me/tokens', { label: `test ${scopes}`, scopes })).token;
}

// Another person's client on the same server.
function client() {
  return Object.assign(new Server(server.data, server.port, []), {});
}

before(async () => {
  server = await Server.create({ flags: ['--rate-limit', 'off'] });
  await server.start();
  await server.setUp();
  const editor = client();
  await editor.signUp((await server.ok('POST', '/invitations', { project_id: server.project })).link, { email: 'editor@example.org' });
  const stranger = client();
  await stranger.signUp((await server.ok('POST', '/invitations', {})).link, { email: 'stranger@example.org' });
  foreign = (await stranger.ok('POST', '/projects', { name: 'Чужой', zone: 'UTC' })).id;
  const scopes = (await server.ok('GET', '/me/tokens')).scopes;
  tokens = { all: await tokenOf(server), editor: await tokenOf(editor), stranger: await tokenOf(stranger) };
  for (const scope of scopes) tokens[scope] = await tokenOf(server, scope);
});
after(async () => {
  await server?.remove();
  console.log(`# ${asked} refusals asked of ${routes.length} routes`);
});

test('the table is whole: every route says who may, how often, and which scope it takes', () => {
  for (const route of routes) {
    assert.ok(isOpen(route) || route.in_person || /^[a-z]+:(read|write)$/.test(route.scope), name(route));
    assert.ok(['read', 'write', 'upload'].includes(route.rate), name(route));
    assert.ok(document.paths[route.path]?.[route.method.toLowerCase()], `${name(route)} is not in the document`);
  }
  assert.ok(routes.length > 100);
});

for (const route of routes) {
  test(name(route), async () => {
    if (route.right === 'set_up') return refused(await ask(route, { headers: { 'X-Requested-With': 'postmypost' } }), 410, ['setup.done'], 'set-up is over');
    if (!isOpen(route)) {
      refused(await ask(route, { headers: { 'X-Requested-With': 'postmypost' } }), 401, ['session.none'], 'nobody');
      refused(await ask(route, { token: 'pmp_nothing' }), 401, ['session.none'], 'an unknown token');
      refused(await ask(route, { token: tokens.all.slice(0, -1) }), 401, ['session.none'], 'a shortened token');
    }
    if (writes(route)) {
      const known = isOpen(route) ? {} : { cookie: server.cookie };
      refused(await ask(route, known), 403, ['request.cross_site'], 'without our header');
      const ours = { 'X-Requested-With': 'postmypost' };
      refused(await ask(route, { ...known, headers: { ...ours, Origin: 'https://evil.example' } }), 403, ['request.cross_site'], 'from a foreign origin');
      refused(await ask(route, { ...known, headers: { ...ours, 'Sec-Fetch-Site': 'cross-site' } }), 403, ['request.cross_site'], 'from another site');
    }
    if (route.in_person) refused(await ask(route, { token: tokens.all }), 403, ['token.in_person'], 'by a token');
    else if (!isOpen(route)) {
      for (const scope of Object.keys(tokens).filter((one) => one.includes(':'))) {
        const [area, right] = scope.split(':');
        if (scope === route.scope || (right === 'write' && route.scope === `${area}:read`)) continue;
        refused(await ask(route, { token: tokens[scope] }), 403, ['token.scope_missing'], `with ${scope}`);
      }
    }
    const by = isOpen(route) || route.in_person ? { cookie: isOpen(route) ? undefined : server.cookie, headers: { 'X-Requested-With': 'postmypost' } } : { token: tokens.all };
    if (route.right === 'operator') refused(await ask(route, { token: tokens.stranger }), 403, ['right.operator'], 'by no operator');
    if (route.right === 'owner') refused(await ask(route, { token: tokens.editor }), 403, ['right.owner'], 'by an editor');
    if (isOfProject(route)) {
      refused(await ask(route, { token: tokens.stranger }), 404, ['project.not_found'], 'by a stranger');
      refused(await ask(route, { ...by, url: address(route, foreign) }), 404, ['project.not_found'], 'of a foreign project');
      refused(await ask(route, { ...by, url: address(route, NOBODY) }), 404, ['project.not_found'], 'of no project');
      refused(await ask(route, { ...by, url: address(route, 'x') }), 404, ['project.not_found'], 'of a project that is no number');
    }
    refused(await ask(route, { ...by, url: `${address(route)}?surprise=1` }), 422, ['request.unknown_parameter'], 'with an unknown parameter');
    await bodies(route, by);
    await unknownIds(route, by);
  });
}

// Broken bodies, and each member missing, of another type, and one too many.
async function bodies(route, by) {
  if (!route.has_body) return;
  const broken = { 'not JSON': ['{', ['json.malformed']], 'two names': ['{"a":1,"a":2}', ['json.duplicate_key']], 'a bomb': ['['.repeat(5000) + ']'.repeat(5000), ['json.too_deep', 'json.malformed']], 'broken UTF-8': [Buffer.from([0x22, 0xc3, 0x28, 0x22]), ['json.malformed']] };
  for (const [what, [body, codes]] of Object.entries(broken)) refused(await ask(route, { ...by, body }), 400, codes, what);
  refused(await ask(route, { ...by, body: '{}', headers: { ...by.headers, 'Content-Type': 'text/plain' } }), 400, ['request.content_type'], 'another type');
  refused(await ask(route, { ...by, body: `{"a":"${'x'.repeat(1 << 20)}"}` }), 413, ['http.body_too_large'], 'too large');
  const schema = document.paths[route.path][route.method.toLowerCase()].requestBody.content['application/json'].schema;
  const whole = sample(schema);
  refused(await ask(route, { ...by, body: '[]' }), 422, ['json.type'], 'an array');
  refused(await ask(route, { ...by, body: JSON.stringify({ ...whole, surprise: 1 }) }), 422, ['json.unknown_field'], 'an unknown member');
  for (const [member, one] of Object.entries(schema.properties ?? {})) {
    refused(await ask(route, { ...by, body: JSON.stringify({ ...whole, [member]: otherType(one) }) }), 422, ['json.type'], `${member} of another type`);
    if (!schema.required?.includes(member)) continue;
    const { [member]: gone, ...rest } = whole;
    refused(await ask(route, { ...by, body: JSON.stringify(rest) }), 422, ['json.required'], `without ${member}`);
  }
}

async function unknownIds(route, by) {
  const ids = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).filter((one) => one !== 'project');
  if (ids.length === 0) return;
  const schema = document.paths[route.path][route.method.toLowerCase()].requestBody?.content['application/json']?.schema;
  const body = schema ? JSON.stringify(sample(schema)) : undefined;
  for (const id of [NOBODY, 'x', '0', '-1', '99999999999999999999']) {
    const answer = await ask(route, { ...by, body, url: ids.every((one) => textParameters[one]) ? address(route).replace(/[a-z]+$|policy|improve/, 'unheard') : address(route, server.project, id) });
    assert.ok([404, 410, 422].includes(answer.status) && answer.json?.code, `${id}: ${answer.status} ${answer.text}`);
    if (answer.status === 422) assert.ok(answer.json.field, `${id}: ${answer.text}`);
  }
}

// The least that the schema allows.
function sample(schema) {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (schema.enum) return schema.enum[0];
  if (type === 'string') return 'x'.repeat(Math.max(1, schema.minLength ?? 1));
  if (type === 'integer' || type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (type === 'boolean') return true;
  if (type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => sample(schema.items));
  return Object.fromEntries((schema.required ?? []).map((member) => [member, sample(schema.properties[member])]));
}

function otherType(schema) {
  const types = [schema.type].flat();
  return types.includes('string') ? 7 : 'seven';
}
