// A client of /v4.1, the vendor's public API: what its SDKs send, no more.
import { execFile } from 'node:child_process';
import { eventually, program } from './server.mjs';

export async function makeToken(server, { email = 'canary@example.org', scopes } = {}) {
  const args = ['token', 'create', '--data', server.data, '--email', email, ...(scopes ? ['--scopes', scopes] : [])];
  const out = await new Promise((resolve, reject) => execFile(program, args, (error, text, err) => (error ? reject(new Error(err)) : resolve(text))));
  return out.match(/pmp_\S+/)[0];
}

export class Vendor {
  constructor(server, token) {
    this.server = server;
    this.token = token;
    this.base = `${server.url}/v4.1`;
  }

  static async of(server, options) {
    return new Vendor(server, await makeToken(server, options));
  }

  async call(method, route, body, headers = {}) {
    const init = { method, headers: { Authorization: `Bearer ${this.token}`, Accept: 'application/json, text/plain, */*', ...headers }, redirect: 'manual' };
    if (body !== undefined) {
      init.body = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      init.headers['Content-Type'] ??= 'application/json';
    }
    const response = await fetch(`${this.base}${route}`, init);
    const text = await response.text();
    return { status: response.status, json: text ? JSON.parse(text) : null, text, headers: response.headers };
  }

  async ok(method, route, body) {
    const answer = await this.call(method, route, body);
    if (answer.status !== 200) throw new Error(`${method} ${route}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  // As the SDK examples do: the fields in their order, then the file.
  async sendForm(upload, bytes, name = 'picture.png') {
    const form = new FormData();
    for (const { key, value } of upload.fields) form.append(key, value);
    form.append('file', new Blob([bytes], { type: 'application/octet-stream' }), name);
    const response = await fetch(upload.action, { method: 'POST', body: form });
    return { status: response.status, text: await response.text() };
  }

  status(id) {
    return this.ok('GET', `/upload/status?id=${id}`);
  }

  ended(id, ms) {
    return eventually(`upload ${id} ended`, async () => {
      const answer = await this.status(id);
      return answer.status <= 2 && answer;
    }, ms);
  }

  // Announced, sent, asked for, waited for: the file's id.
  async upload(bytes, name = 'picture.png') {
    const made = await this.ok('POST', '/upload/init', { project_id: this.server.project, name, size: bytes.length });
    const sent = await this.sendForm(made, bytes, name);
    if (sent.status !== 204) throw new Error(`the form answered ${sent.status} ${sent.text}`);
    await this.ok('POST', `/upload/complete?id=${made.id}`);
    const ended = await this.ended(made.id);
    if (ended.status !== 1) throw new Error(`the upload failed: ${ended.error}`);
    return ended.file_id;
  }

  settled(id, ms) {
    return eventually(`publication ${id} settled`, async () => {
      const found = await this.ok('GET', `/publications/${id}`);
      return ![2, 5].includes(found.publication_status) && found;
    }, ms);
  }
}
