// What the clients send, byte for byte where it matters: headers, queries, JSON, times, forms.
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import { operations, limits } from './tables.mjs';

const ascii = (json) => json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

// Python writes JSON with blanks after ',' and ':'.
function spaced(value) {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([key, one]) => `${JSON.stringify(key)}: ${spaced(one)}`)
    .join(', ')}}`;
}

const seconds = (instant) => instant.toISOString().slice(0, 19);

export const senders = {
  python: {
    agent: 'OpenAPI-Generator/1.0.0/python',
    headers: () => ({ Accept: 'application/json', 'Accept-Encoding': 'identity' }),
    json: (value) => ascii(spaced(value)),
    time: (instant) => `${seconds(instant)}+00:00`,
    empty: {}, // a POST without a body: length 0, no type
    part: (name) => `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n`,
    field: (key) => `Content-Disposition: form-data; name="${key}"\r\n`,
    takes: (status) => status === 200,
    uploaded: [200, 201, 204],
    late: false,
  },
  php: {
    agent: 'OpenAPI-Generator/1.0.0/PHP',
    headers: (body) => ({ Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) }),
    json: (value) => ascii(JSON.stringify(value)).replaceAll('/', '\\/'),
    time: (instant) => `${seconds(instant)}+00:00`,
    empty: {},
    // Each part says its length.
    part: (name, size) => `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Length: ${size}\r\nContent-Type: image/png\r\n`,
    field: (key, size) => `Content-Disposition: form-data; name="${key}"\r\nContent-Length: ${size}\r\n`,
    takes: (status) => status === 200,
    uploaded: [200, 201, 202, 203, 204],
    late: true,
    alwaysPages: true,
  },
  node: {
    agent: 'axios/1.12.2',
    headers: () => ({ Accept: 'application/json, text/plain, */*', 'Accept-Encoding': 'gzip, compress, deflate, br' }),
    json: (value) => JSON.stringify(value),
    time: (instant) => instant.toISOString(),
    empty: { 'Content-Type': 'application/x-www-form-urlencoded' },
    part: (name) => `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n`,
    field: (key) => `Content-Disposition: form-data; name="${key}"\r\n`,
    takes: (status) => status >= 200 && status < 300,
    uploaded: [200, 201, 202, 203, 204],
    late: true,
  },
};

// Sends one request with just these headers; `body` is a Buffer or undefined, `chunked` sends it in pieces without a length.
export function send(method, url, headers, body, { chunked = false } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers: { ...headers, ...(chunked ? { 'Transfer-Encoding': 'chunked' } : {}) } }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(pieces).toString() }));
    });
    request.on('error', reject);
    if (chunked) for (let at = 0; at < body.length; at += 1000) request.write(body.subarray(at, at + 1000));
    else if (body !== undefined) request.setHeader('Content-Length', body.length).write(body);
    request.end();
  });
}

// The query of an operation in the client's way: what was not given is left out, commas are encoded. `also` holds unknown parameters.
export function queryOf(sender, operation, given) {
  const { query, late = [] } = operations[operation];
  const pairs = [];
  for (const name of Object.keys(query)) {
    if (late.includes(name) && !sender.late) continue;
    let value = given[name];
    if (value === undefined && sender.alwaysPages && name === 'page') value = 1;
    if (value === undefined && sender.alwaysPages && name === 'per_page') value = limits.perPage.default;
    if (value !== undefined) pairs.push(`${name}=${encodeURIComponent(Array.isArray(value) ? value.join(',') : value)}`);
  }
  for (const [name, value] of Object.entries(given.also ?? {})) pairs.push(`${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

// The form of an upload: the given fields in their order, then the file. As one Buffer with its type.
export function formOf(sender, fields, name, bytes) {
  const boundary = `----${randomBytes(12).toString('hex')}`;
  const texts = fields.map(({ key, value }) => `--${boundary}\r\n${sender.field(key, Buffer.byteLength(value))}\r\n${value}\r\n`);
  const body = Buffer.concat([
    Buffer.from(`${texts.join('')}--${boundary}\r\n${sender.part(name, bytes.length)}\r\n`),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}
