// A stand-in of a Mastodon server (docs.joinmastodon.org): OAuth with PKCE, media, statuses with Idempotency-Key. `software`
// chooses whose habits it has. With ../shared the parameters are also checked against the API's schema.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { StandIn, hasSpecs, parseMultipart, specs } from './standin.mjs';

const schema = hasSpecs ? JSON.parse(readFileSync(path.join(specs, 'mastodon/mastodon-openapi.json'), 'utf8')) : null;

// Every property that some variant of a schema knows.
function properties(part, found = new Set()) {
  if (!part) return found;
  if (part.$ref) return properties(part.$ref.slice(2).split('/').reduce((o, k) => o[k], schema), found);
  for (const name of Object.keys(part.properties ?? {})) found.add(name);
  for (const inner of [...(part.oneOf ?? []), ...(part.anyOf ?? []), ...(part.allOf ?? [])]) properties(inner, found);
  return found;
}

function checkBySchema(method, route, fields) {
  const operation = schema?.paths[route]?.[method.toLowerCase()];
  if (!schema) return null;
  if (!operation) return `no ${method} ${route} in the API`;
  const content = operation.requestBody?.content ?? {};
  const known = properties(content['application/json']?.schema ?? content['multipart/form-data']?.schema);
  if (!known.size) return null;
  for (const name of Object.keys(fields)) if (!known.has(name)) return `unknown field ${name}`;
  return null;
}

export async function startMastodon({ software = 'mastodon', version = '4.5.1', honoursKeys = true } = {}) {
  const keys = new Map();
  const media = new Map();
  let nextId = 1000;
  const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const standIn = new StandIn(function ({ request, body, url, send, refuse, response }) {
    const type = request.headers['content-type'] ?? '';
    const route = `${request.method} ${url.pathname}`;
    const json = () => JSON.parse(body.toString());
    const bearer = (request.headers.authorization ?? '').replace('Bearer ', '');
    const signedIn = () => bearer && bearer === this.accessToken;
    const unauthorized = () => send(401, { error: 'The access token is invalid' });
    if (route === 'GET /.well-known/nodeinfo') return send(200, { links: [{ rel: 'http://nodeinfo.diaspora.software/ns/schema/2.0', href: `${this.url}/nodeinfo/2.0` }] });
    if (route === 'GET /nodeinfo/2.0') return send(200, { software: { name: software, version } });
    if (route === 'GET /api/v2/instance') {
      return send(200, {
        version,
        configuration: {
          statuses: { max_characters: 500, characters_reserved_per_url: 23, max_media_attachments: 4 },
          media_attachments: { image_size_limit: 16777216, description_limit: 1500 },
        },
      });
    }
    if (route === 'GET /.well-known/oauth-authorization-server') return send(200, { code_challenge_methods_supported: ['S256'] });
    if (route === 'POST /api/v1/apps') {
      const app = json();
      const wrong = checkBySchema('POST', '/api/v1/apps', app);
      if (wrong) return send(422, { error: refuse(wrong) });
      this.apps++;
      this.redirectUri = app.redirect_uris;
      return send(200, { client_id: 'client', client_secret: 'secret', redirect_uri: app.redirect_uris });
    }
    if (route === 'GET /oauth/authorize') {
      const q = url.searchParams;
      for (const name of ['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'code_challenge']) if (!q.get(name)) return send(400, { error: refuse(`missing ${name}`) });
      if (q.get('redirect_uri') !== this.redirectUri || q.get('code_challenge_method') !== 'S256') return send(400, { error: refuse('redirect or method') });
      this.challenge = q.get('code_challenge');
      response.writeHead(302, { Location: `${this.redirectUri}?code=the-code&state=${encodeURIComponent(q.get('state'))}` });
      return response.end();
    }
    if (route === 'POST /oauth/token') {
      const form = new URLSearchParams(body.toString());
      const proof = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
      if (form.get('code') !== 'the-code' || form.get('client_secret') !== 'secret' || proof !== this.challenge) return send(400, { error: refuse('invalid_grant') });
      this.accessToken = `token-${randomUUID()}`;
      return send(200, { access_token: this.accessToken, token_type: 'Bearer', scope: form.get('scope'), created_at: 1 });
    }
    if (route === 'POST /oauth/revoke') {
      this.accessToken = null;
      return send(200, {});
    }
    if (!signedIn()) return unauthorized();
    if (route === 'GET /api/v1/accounts/verify_credentials') return send(200, { id: '7', acct: 'soyka', display_name: 'Сойка', url: `${this.url}/@soyka` });
    if (route === 'POST /api/v2/media') {
      const parts = parseMultipart(type, body);
      const wrong = checkBySchema('POST', '/api/v2/media', parts);
      if (wrong || !parts.file?.bytes.length) return send(422, { error: refuse(wrong ?? 'file is missing') });
      const id = String(nextId++);
      media.set(id, { alt: parts.description?.value ?? '', polls: 1 });
      return send(202, { id, type: 'image', url: null });
    }
    const state = url.pathname.match(/^\/api\/v1\/media\/(\d+)$/);
    if (state) return media.get(state[1]).polls-- > 0 ? send(206, { id: state[1], url: null }) : send(200, { id: state[1], url: `${this.url}/m/${state[1]}` });
    if (route === 'POST /api/v1/statuses') {
      const status = json();
      const key = request.headers['idempotency-key'];
      const wrong = checkBySchema('POST', '/api/v1/statuses', status);
      if (wrong) return send(422, { error: refuse(wrong) });
      if (!key) return send(422, { error: refuse('no Idempotency-Key') });
      if ((status.status ?? '').length > 500) return send(422, { error: 'Validation failed: Text character limit of 500 exceeded' });
      if (honoursKeys && keys.has(key)) return send(200, keys.get(key));
      for (const id of status.media_ids ?? []) if (!media.has(id)) return send(422, { error: `Media ${id} not found or already attached to another post` });
      const id = String(nextId++);
      const made = {
        id,
        uri: `${this.url}/users/soyka/statuses/${id}`,
        url: `${this.url}/@soyka/${id}`,
        created_at: new Date().toISOString(),
        content: `<p>${escape(status.status ?? '').replaceAll('\n', '<br />')}</p>`,
        media_attachments: (status.media_ids ?? []).map((m) => ({ id: m, description: media.get(m).alt })),
      };
      for (const m of status.media_ids ?? []) media.delete(m);
      this.oracle.push({ id, text: status.status, pictures: made.media_attachments.length, key, account: '7' });
      this.statuses.unshift(made);
      keys.set(key, made);
      return send(200, made);
    }
    if (route === 'GET /api/v1/accounts/7/statuses') return send(200, this.statuses.slice(0, 40));
    return send(404, { error: refuse('not expected') });
  });
  Object.assign(standIn, { apps: 0, statuses: [], accessToken: null });
  return standIn.listen();
}
