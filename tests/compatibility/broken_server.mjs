// The reference answerer behind HTTP, with one of 27 defects switched on: a test of the client model, not of the program.
import http from 'node:http';
import { Reference } from './reference.mjs';
import { operations } from './tables.mjs';

const succeeded = (answer) => answer.status === 200;
const items = (body) => (Array.isArray(body?.data) ? body.data : [body]);
// A change of every publication in an answer, of every post in analytics, of every error.
const publications = (change) => (answer, { operation }) => {
  if (succeeded(answer) && /Publications?$/.test(operation) && operation !== 'getAnalyticsPublications') items(answer.body).forEach(change);
};
const posts = (change) => (answer, { operation }) => {
  if (succeeded(answer) && operation === 'getAnalyticsPublications') items(answer.body).forEach(change);
};
const errors = (change) => (answer) => {
  if (!succeeded(answer)) change(answer.body, answer);
};
const attachments = (type, change) => posts((post) => post.attaches.filter((one) => one.type === type).forEach(change));
// Answers 422 to a body that `has` something it need not mind.
const intolerant = (has) => (answer, { operation, body }) => {
  if (operation !== 'createPublication' || !succeeded(answer) || !has(body)) return;
  Object.assign(answer, { status: 422, body: { name: 'Unprocessable Entity', message: 'Not this.', code: 0, status: 422 } });
};

// A defect changes the answer, or (`text`) what is written of it.
export const defects = {
  'error-field-missing': errors((body) => delete body.message),
  'error-code-string': errors((body) => (body.code = '0')),
  'error-status-differs': errors((body) => (body.status = 500)),
  'error-kind-wrong': errors((body, answer) => {
    if (answer.status === 404) answer.status = body.status = 403;
  }),
  'limit-without-headers': (answer) => {
    if (answer.status === 429) delete answer.headers['Retry-After'];
  },
  'id-string': publications((one) => (one.id = String(one.id))),
  'id-decimal': { text: (text, { operation }) => (operation === 'getAccounts' ? text.replace(/"id":(\d+)/g, '"id":$1.0') : text) },
  'status-outside': publications((one) => (one.publication_status = one.publication_status === 4 ? 7 : one.publication_status)),
  'type-outside': publications((one) => one.details.forEach((detail) => (detail.publication_type = 3))),
  'enum-string': publications((one) => (one.publication_status = String(one.publication_status))),
  'post-at-null': publications((one) => (one.post_at = null)),
  'post-at-missing': publications((one) => delete one.post_at),
  'date-unreadable': publications((one) => (one.post_at = '28.06.2025 15:00')),
  'account-ids-null': publications((one) => (one.account_ids = null)),
  'details-missing': publications((one) => delete one.details),
  'date-form-refused': intolerant((body) => /T12:00:00Z?$/.test(body.post_at)),
  'unknown-key-refused': intolerant((body) => 'x_unknown' in body),
  'null-option-refused': intolerant((body) => body.rubric_id === null),
  'upload-both': (answer, { operation }) => {
    if (operation === 'initUpload' && answer.body.action) answer.body.url = answer.body.action;
  },
  'size-null': (answer, { operation }) => {
    if (operation === 'initUpload' && answer.body.url) answer.body.size = null;
  },
  'preview-missing': attachments('image', (one) => delete one.preview),
  'preview-null': attachments('video', (one) => (one.preview = null)),
  'metric-null': posts((post) => (post.analytics = { views: null })),
  'map-as-list': posts((post) => (post.analytics = Object.keys(post.analytics).length === 0 ? [] : post.analytics)),
  'external-url-null': posts((post) => (post.external_url = null)),
  'offset-string': (answer, { operation }) => {
    if (operation === 'getTimezones' && succeeded(answer)) answer.body.data.forEach((zone) => (zone.utc_offset = String(zone.utc_offset)));
  },
  'object-in-list': (answer, { operation }) => {
    if (operation === 'getPublication' && succeeded(answer)) answer.body = [answer.body];
  },
};

// Defects that are none of the 27: the model complains about them without a case.
export const others = {
  'a created one answers 201': (answer, { operation }) => {
    if (operation === 'createPublication' && succeeded(answer)) answer.status = 201;
  },
  'a list has no pages': (answer, { operation }) => {
    if (operation === 'getChannels') delete answer.body.pages;
  },
  'the channel of an account is spelt right': (answer, { operation }) => {
    if (operation === 'getAccounts' && succeeded(answer)) answer.body.data.forEach((one) => (one.channel_id = one.chanel_id) && delete one.chanel_id);
  },
  'there is always a next page': (answer) => {
    if (answer.body.pages) answer.body.pages.next = answer.body.pages.page + 1;
  },
  'a published post has no permalink': publications((one) => one.posts.forEach((post) => delete post.url)),
  'files are not attached': publications((one) => one.details?.forEach((detail) => delete detail.files)),
  'what is deleted is still found': (answer, { operation }) => {
    if (operation === 'getPublication' && answer.status === 404) Object.assign(answer, { status: 200, body: { id: 1, post_at: '2025-06-28T15:00:00+03:00', account_ids: [], details: [], publication_status: 1 } });
  },
  'everything is taken': (answer, { operation }) => {
    if (operation === 'createPublication' && answer.status === 422) Object.assign(answer, { status: 200, body: { id: 1, post_at: '2025-06-28T15:00:00+03:00', account_ids: [], details: [], publication_status: 4 } });
  },
};

const patterns = Object.entries(operations).map(([name, { method, path }]) => [name, method, new RegExp(`^/v4\\.1${path.replace('{id}', '([^/]+)')}$`)]);

function requestOf(method, target, headers, bytes) {
  const url = new URL(target, 'http://x');
  const found = patterns.find(([, wanted, pattern]) => wanted === method && pattern.test(url.pathname));
  let body;
  try {
    body = JSON.parse(bytes);
  } catch {
    body = {};
  }
  return { operation: found?.[0] ?? '', id: found?.[2].exec(url.pathname)[1], query: url.searchParams, token: headers.authorization?.replace(/^Bearer /, ''), bytes, body, path: url.pathname };
}

// Starts it on a free port. `name` is a defect, or null for a correct server.
export async function start(name = null) {
  const defect = defects[name] ?? others[name];
  if (name !== null && !defect) throw new Error(`there is no defect ${name}`);
  const spoil = typeof defect === 'function' ? defect : () => {};
  const rewrite = defect?.text ?? ((text) => text);
  let reference;
  const server = http.createServer((incoming, outgoing) => {
    const pieces = [];
    incoming.on('data', (piece) => pieces.push(piece));
    incoming.on('end', () => {
      const request = requestOf(incoming.method, incoming.url, incoming.headers, Buffer.concat(pieces));
      if (request.path.startsWith('/form/')) return outgoing.writeHead(reference.receive(Number(request.path.slice(6)), request.bytes)).end();
      // A copy, so that a defect spoils what is told and not what is kept.
      const answer = structuredClone(reference.answer(request));
      spoil(answer, request);
      const text = rewrite(JSON.stringify(answer.body), request);
      return outgoing.writeHead(answer.status, { 'Content-Type': 'application/json; charset=UTF-8', ...answer.headers }).end(text);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  reference = new Reference(origin);
  const close = () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections());
  return { url: `${origin}/v4.1`, origin, close };
}
