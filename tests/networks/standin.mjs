// What the stand-ins of networks share: a loopback server that checks every request, keeps an append-only oracle of accepted
// posts, and can be told to misbehave at one request.
//   POST /__faults [{"match": "sendMessage", "do": "drop_after"}]   GET /__oracle
import http from 'node:http';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const specs = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../shared/networks/specs');
export const hasSpecs = existsSync(specs);

export async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) !== body.length) throw new Error('cut body');
  return body;
}

// Parts of multipart/form-data: {name: {value, filename, type, bytes}}.
export function parseMultipart(contentType, body) {
  const boundary = contentType.match(/boundary=(.+)$/)[1];
  const parts = {};
  let at = body.indexOf(`--${boundary}`);
  while (at >= 0) {
    const start = at + boundary.length + 2;
    if (body.subarray(start, start + 2).toString() === '--') return parts;
    const next = body.indexOf(`\r\n--${boundary}`, start);
    if (next < 0) throw new Error('multipart without its end');
    const head = body.indexOf('\r\n\r\n', start);
    const headers = body.subarray(start, head).toString();
    const bytes = body.subarray(head + 4, next);
    parts[headers.match(/name="([^"]*)"/)[1]] = {
      bytes,
      value: bytes.toString(),
      filename: headers.match(/filename="([^"]*)"/)?.[1],
      type: headers.match(/Content-Type: (.+)/)?.[1],
    };
    at = next + 2;
  }
  throw new Error('multipart without its end');
}

export class StandIn {
  constructor(answer) {
    this.answer = answer;
    this.oracle = [];
    this.faults = [];
    this.refused = [];
    this.requests = []; // every whole request: { at, line, credential, body }, its address without a token
  }

  async listen() {
    this.server = http.createServer((request, response) => this.handle(request, response).catch(() => request.destroy()));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  // The next request whose address holds `match` misbehaves once:
  // drop_before: closed before it is acted upon; drop_after: acted upon, never answered; status: refused with `status`;
  // status_after: acted upon, answered with `status`.
  fault(match, act, more = {}) {
    this.faults.push({ match, act, ...more });
  }

  takeFault(url) {
    const index = this.faults.findIndex((f) => url.includes(f.match));
    return index < 0 ? null : this.faults.splice(index, 1)[0];
  }

  async handle(request, response) {
    const body = await readBody(request);
    const url = new URL(request.url, this.url);
    this.requests.push({
      at: new Date().toISOString(),
      line: `${request.method} ${url.pathname.replace(/^\/bot[^/]+/, '/bot…')}`,
      credential: url.pathname.startsWith('/bot') || !!request.headers.authorization || /password|client_secret/.test(body.toString('latin1')),
      body: body.toString(),
    });
    const fault = this.takeFault(request.url);
    const send = (status, json, headers = {}) => {
      if (fault?.act === 'drop_after') return request.socket.destroy();
      if (fault?.act === 'status_after') [status, json] = [fault.status, fault.body ?? { error: 'fault' }];
      const text = JSON.stringify(json);
      response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...headers });
      response.end(text);
    };
    if (fault?.act === 'drop_before') return request.socket.destroy();
    if (fault?.act === 'status') {
      const text = JSON.stringify(fault.body ?? { error: 'fault' });
      response.writeHead(fault.status, { 'Content-Type': 'application/json', ...fault.headers });
      return response.end(text);
    }
    const refuse = (why) => {
      this.refused.push(`${request.method} ${request.url.replace(/bot[^/]+/, 'bot…')}: ${why}`);
      return why;
    };
    return this.answer.call(this, { request, body, url, send, refuse, response });
  }
}
