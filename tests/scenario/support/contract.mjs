// Holds every exchange of the tests with /api/v1 against docs/openapi.json: what the program answers, and what it takes.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';

const file = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../docs/openapi.json');
export const document = JSON.parse(readFileSync(file, 'utf8'));

// The document itself is linted by `./test checks` (tests/api); here its schemas only judge.
const day = /^\d{4}-\d\d-\d\d$/;
const ajv = new Ajv({ strict: false, formats: { int32: true, int64: true, date: day } }).addSchema(document, 'api');
const escaped = (step) => step.replaceAll('~', '~0').replaceAll('/', '~1');

// Literal segments before parameters, as the program chooses.
const operations = Object.entries(document.paths)
  .flatMap(([route, methods]) => Object.entries(methods).map(([method, operation]) => ({ route, method, operation })))
  .map((one) => ({ ...one, pattern: new RegExp(`^${one.route.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`) }))
  .toSorted((a, b) => a.route.split('{').length - b.route.split('{').length);

export class ContractBroken extends Error {}

function demand(holds, where, what) {
  if (!holds) throw new ContractBroken(`${where}: ${what}`);
}

// Validates `value` against the schema at the steps of the document.
function hold(where, value, ...steps) {
  const validate = ajv.getSchema(`api#/${steps.map(escaped).join('/')}`);
  demand(validate, where, `the document has no schema at ${steps.join(' ')}`);
  demand(validate(value), where, `${JSON.stringify(validate.errors?.[0])} in ${JSON.stringify(value)?.slice(0, 600)}`);
}

// The described answer for a status, its `$ref` followed, and the steps to it.
function described({ route, method, operation }, status) {
  const name = operation.responses[status] ? String(status) : 'default';
  const { $ref } = operation.responses[name];
  const steps = $ref ? $ref.slice(2).split('/') : ['paths', route, method, 'responses', name];
  return { name, steps, answer: steps.reduce((part, step) => part[step], document) };
}

// The schema of an answer of which only some members were asked for: all it lacks is that something is required.
const partial = (schema) =>
  JSON.parse(JSON.stringify(schema, (name, value) => (name === 'required' && Array.isArray(value) ? undefined : value)));

function checkAnswer(where, found, query, { status, type, text }) {
  const { name, steps, answer } = described(found, status);
  demand(name !== 'default' || status >= 400, where, `success is told with ${status}, which the document does not name`);
  if (!answer.content) return demand(text === '', where, `an answer without content has ${text.slice(0, 200)}`);
  const media = Object.keys(answer.content).find((one) => type.startsWith(one));
  demand(media, where, `${status} comes as ${type} instead of ${Object.keys(answer.content)}`);
  if (!/json/.test(media)) return undefined;
  if (!query.has('fields') || status >= 400) return hold(where, JSON.parse(text), ...steps, 'content', media, 'schema');
  const validate = ajv.compile(partial(answer.content[media].schema));
  return demand(validate(JSON.parse(text)), where, `${JSON.stringify(validate.errors?.[0])} in ${text.slice(0, 600)}`);
}

// What the program took must be what the document says that it takes.
function checkRequest(where, { route, method, operation }, query, body) {
  const parameters = (operation.parameters ?? []).map((one) => (one.$ref ? document.components.parameters[one.$ref.split('/').pop()] : one));
  for (const name of query.keys()) {
    demand(parameters.some((one) => one.in === 'query' && one.name === name), where, `the query parameter ${name} was taken, and the document does not name it`);
  }
  const content = operation.requestBody?.content;
  if (body === unseen) return undefined;
  if (body === undefined) return demand(!content, where, 'a request without a body was taken');
  demand(content, where, 'a body was taken, and the document does not name one');
  if (content['application/json']) hold(where, body, 'paths', route, method, 'requestBody', 'content', 'application/json', 'schema');
  return undefined;
}

// The body of a request that was sent and can't be seen here.
export const unseen = Symbol('unseen');

// One exchange: `target` with its query, `body` as a value (bytes and forms as they are), the answer as { status, type, text }.
// Addresses that the document does not have may only answer that they are none.
export function checkExchange(method, target, body, answer) {
  const url = new URL(target, 'http://here');
  if (!url.pathname.startsWith('/api/v1/')) return;
  const where = `${method} ${url.pathname}`;
  const found = operations.find((one) => one.method === method.toLowerCase() && one.pattern.test(url.pathname));
  if (!found) return demand(answer.status >= 400, where, `the document has no such operation, and it answers ${answer.status}`);
  checkAnswer(where, found, url.searchParams, answer);
  if (answer.status < 300) checkRequest(where, found, url.searchParams, body);
}
