import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clauses, judgeClause } from './clauses.mjs';

const passed = [{ name: 'A.one', outcome: 'passed' }, { name: 'All/P.each/0', outcome: 'passed' }, { name: 'All/P.each/1', outcome: 'passed' }];

test('a clause passes when all its tests passed and nothing is missing', () => {
  assert.equal(judgeClause({ tests: ['A.one', 'All/P.each'] }, passed), 'pass');
  assert.equal(judgeClause({ tests: ['A.one'], missing: { en: 'a part' } }, passed), 'not-yet');
  assert.equal(judgeClause({ tests: [] }, passed), 'not-yet');
});

test('a clause fails when a test of it failed, was skipped or did not run', () => {
  for (const outcome of ['failed', 'skipped']) {
    assert.equal(judgeClause({ tests: ['All/P.each'] }, [...passed, { name: 'All/P.each/2', outcome }]), 'fail');
  }
  assert.equal(judgeClause({ tests: ['A.two'], missing: { en: 'a part' } }, passed), 'fail');
});

test('every clause of the policy is there, once, and says in both languages what is missing', () => {
  const ids = 'preamble 1.1 1.1.1 1.1.2 1.2 2.1 2.2 2.2.1 2.2.2 2.2.3 2.2.4 2.2.5 2.2.6 3.1 3.2 3.2.1 3.2.2 3.2.3 3.2.4 3.2.5 4.1 4.2 5';
  assert.deepEqual(clauses.map((clause) => clause.clause), ids.split(' '));
  for (const { clause, tests, missing } of clauses) {
    assert.ok(tests.length > 0 || missing, clause);
    if (missing) assert.ok(missing.ru && missing.en, clause);
  }
});
