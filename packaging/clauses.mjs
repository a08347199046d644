// The policy's clauses and whether the tests show them: "clause <id> pass|fail|not-yet <tests>" for each of src/privacy/clauses.json.
//   node clauses.mjs FOLDER     the results of a run of ./test
// pass: all its tests passed and nothing of it is missing. not-yet: the rest passed, a part is missing, which the policy's page names.
// fail: a test failed, was skipped or did not run. Exits with 1 when a clause fails.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readLayer } from './report.mjs';

// Tests are named by the beginning of their names, so that one entry can stand for a table of cases.
export function judgeClause({ tests, missing }, results) {
  const shown = (name) => {
    const found = results.filter((result) => result.name.startsWith(name));
    return found.length > 0 && found.every((result) => result.outcome === 'passed');
  };
  if (!tests.every(shown)) return 'fail';
  return missing || tests.length === 0 ? 'not-yet' : 'pass';
}

export const clauses = JSON.parse(readFileSync(path.join(import.meta.dirname, '../src/privacy/clauses.json'), 'utf8'));

function main(folder) {
  const order = readFileSync(path.join(folder, 'order'), 'utf8').split('\n').filter(Boolean);
  const results = order.flatMap((name) => readLayer(path.join(folder, name)).results);
  for (const clause of clauses) {
    const word = judgeClause(clause, results);
    if (word === 'fail') process.exitCode = 1;
    const missing = clause.missing ? `missing: ${clause.missing.en}` : '';
    console.log(['clause', clause.clause, word, [...clause.tests, missing].filter(Boolean).join('; ')].join(' '));
  }
}

if (process.argv[1] === import.meta.filename) main(process.argv[2]);
