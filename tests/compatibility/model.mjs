// A client of API v4.1 as its three kinds of users have it: Python, PHP and Node, made from the tables.
//
//   const api = client('python', 'http://127.0.0.1:8080/v4.1', token);
//   await api.getAccounts({ project_id: 7 });       // operations with a query; `id` fills the path
//   await api.createPublication({}, { … });         // and with a body
//   await api.upload(init, 'a.png', bytes);         // the form of an upload by file
//
// What it throws: Refusal (it sends nothing like that), HttpError (the answer is an error), Misread (it can't take the answer: `raw` is
// what came, `case` the one of the 27 that it is).
import { Broken, parseExactly, readLeniently, readStrictly } from './reading.mjs';
import { formOf, queryOf, send, senders } from './sending.mjs';
import { caseOf, limits, operations } from './tables.mjs';

export const behaviours = ['python', 'php', 'node'];

// Not sent: the client itself does not allow it.
export class Refusal extends Error {}

export class HttpError extends Error {
  constructor(operation, answer, body) {
    super(`${operation}: ${answer.status} ${answer.text.slice(0, 300)}`);
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = body;
  }
}

export class Misread extends Error {
  constructor(behaviour, operation, facts, raw) {
    super(`${behaviour}, ${operation}: ${facts.message}`);
    this.behaviour = behaviour;
    this.operation = operation;
    this.case = facts instanceof Broken ? caseOf(facts) : null;
    this.status = facts.status;
    this.headers = facts.headers;
    this.raw = raw;
  }
}

class Client {
  constructor(behaviour, baseUrl, token) {
    this.behaviour = behaviour;
    this.baseUrl = baseUrl;
    this.token = token;
    this.raw = null; // the last answer, with what the models leave out
    this.sender = senders[behaviour];
  }

  // An instant as this client writes it.
  time(instant) {
    return this.sender.time(instant);
  }

  #headers(body) {
    const authorized = this.token === null ? {} : { Authorization: `Bearer ${this.token}` };
    return { ...this.sender.headers(body), 'User-Agent': this.sender.agent, ...authorized };
  }

  #check(given, body) {
    if (this.behaviour === 'node') return;
    if (given.per_page > limits.perPage.most) throw new Refusal('per_page is over 50');
    if (given.per_page < 1 || given.page < 1) throw new Refusal('a page is counted from 1');
    if (this.behaviour === 'php' && body?.details?.some((detail) => typeof detail.publication_type !== 'number')) throw new Refusal('not of the enumeration');
  }

  async call(operation, given = {}, body = undefined) {
    this.#check(given, body);
    return this.callRaw(operation, given, body === undefined ? undefined : this.sender.json(body));
  }

  // The same with a body that is sent as it stands.
  async callRaw(operation, given, text) {
    const { method, path } = operations[operation];
    const url = this.baseUrl + path.replace('{id}', given.id) + queryOf(this.sender, operation, given);
    this.raw = null;
    const headers = this.#headers(text);
    if (text !== undefined) headers['Content-Type'] = 'application/json';
    else if (method === 'POST') Object.assign(headers, this.sender.empty);
    const bytes = text !== undefined ? Buffer.from(text) : method === 'POST' ? Buffer.alloc(0) : undefined;
    return this.#take(operation, await send(method, url, headers, bytes));
  }

  #take(operation, answer) {
    const { status, headers, text } = answer;
    try {
      this.raw = JSON.parse(text);
    } catch {
      throw new Misread(this.behaviour, operation, { message: `${status}, not JSON: ${text.slice(0, 100)}`, status, headers }, null);
    }
    if (status >= 400) throw new HttpError(operation, answer, this.#read(operation, 'Error', answer));
    if (!this.sender.takes(status)) throw new Misread(this.behaviour, operation, { message: `the status is ${status}`, status, headers }, this.raw);
    return this.#read(operation, operations[operation].answer, answer);
  }

  #read(operation, type, { status, headers, text }) {
    if (this.behaviour === 'node') return this.raw;
    const read = this.behaviour === 'python' ? readStrictly : readLeniently;
    try {
      return read(type, parseExactly(text));
    } catch (failure) {
      if (!(failure instanceof Broken)) throw failure;
      throw new Misread(this.behaviour, operation, Object.assign(failure, { status, headers }), this.raw);
    }
  }

  // Sends the file of an initiated upload. No token: the address and the fields are the right to do so.
  async upload({ action, fields }, name, bytes, { chunked = false } = {}) {
    const form = formOf(this.sender, fields, name, bytes);
    const headers = { 'User-Agent': this.sender.agent, 'Content-Type': form.type, Accept: '*/*' };
    const answer = await send('POST', action, headers, form.body, { chunked });
    if (!this.sender.uploaded.includes(answer.status)) throw new HttpError('upload', answer, null);
  }
}

for (const operation of Object.keys(operations)) {
  Client.prototype[operation] = function perform(given, body) {
    return this.call(operation, given, body);
  };
}

export const client = (behaviour, baseUrl, token) => new Client(behaviour, baseUrl, token);
export { walk, Walk } from './walk.mjs';
