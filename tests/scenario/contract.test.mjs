// The judge of all exchanges (tests/scenario/support/contract.mjs) sees what it has to see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkExchange, ContractBroken } from './support/contract.mjs';

const json = (status, value) => ({ status, type: 'application/json', text: JSON.stringify(value) });
const project = { id: 1, name: 'Сойка', zone: 'Europe/Moscow', right: 'owner', created_at: '2026-11-24T09:30:00.000Z' };
const problem = { type: 'about:blank', title: 'Not found', status: 404, code: 'project.none', detail: 'There is none.', field: null, rule: null, how_to_fix: null, params: {}, request_id: 'a' };
const problems = (status, value) => ({ ...json(status, value), type: 'application/problem+json' });
const make = { name: 'Сойка', zone: 'Europe/Moscow' };

test('exchanges that keep to the document pass', () => {
  checkExchange('POST', '/api/v1/projects', make, json(201, project));
  checkExchange('GET', '/api/v1/projects/1', undefined, json(200, project));
  checkExchange('GET', '/api/v1/projects/1/publications?from=2026-11-01&limit=5', undefined, json(200, { items: [], next_cursor: null }));
  checkExchange('GET', '/api/v1/projects/2', undefined, problems(404, problem));
  checkExchange('DELETE', '/api/v1/session', undefined, { status: 204, type: '', text: '' });
  checkExchange('GET', '/api/v1/nothing', undefined, problems(404, problem));
  checkExchange('GET', '/@soyka', undefined, { status: 200, type: 'text/html', text: '<p>' });
  checkExchange('POST', '/api/v1/projects', { name: 1 }, problems(422, problem)); // refused, so it may break the document
});

const broken = [
  ['a member too much', 'GET', '/api/v1/projects/1', undefined, json(200, { ...project, secret: 1 })],
  ['a member that is missing', 'GET', '/api/v1/projects/1', undefined, json(200, { ...project, zone: undefined })],
  ['a member of another type', 'GET', '/api/v1/projects/1', undefined, json(200, { ...project, id: '1' })],
  ['a status that is not named', 'GET', '/api/v1/projects/1', undefined, json(202, project)],
  ['an answer of another kind', 'GET', '/api/v1/projects/1', undefined, { ...json(200, project), type: 'text/html' }],
  ['a problem of another shape', 'GET', '/api/v1/projects/2', undefined, problems(404, { message: 'no' })],
  ['a problem that is no problem document', 'GET', '/api/v1/projects/2', undefined, json(404, problem)],
  ['words where nothing is said', 'DELETE', '/api/v1/session', undefined, { status: 204, type: '', text: 'bye' }],
  ['an address that the document lacks', 'GET', '/api/v1/nothing', undefined, json(200, {})],
  ['a body that was taken wrongly', 'POST', '/api/v1/projects', { ...make, colour: 'red' }, json(201, project)],
  ['a body where none is named', 'GET', '/api/v1/projects/1', {}, json(200, project)],
  ['no body where one is named', 'POST', '/api/v1/projects', undefined, json(201, project)],
  ['a query that is not named', 'GET', '/api/v1/projects/1/publications?colour=red', undefined, json(200, { items: [], next_cursor: null })],
];
for (const [words, ...exchange] of broken) {
  test(`it refuses ${words}`, () => assert.throws(() => checkExchange(...exchange), ContractBroken));
}
