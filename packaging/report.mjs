// Adds up the results of every layer and says what was skipped and why. Exits with 1 when something failed or a layer ran
// no test at all. Usage: node report.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export function fromGoogleTest(json) {
  const total = { passed: 0, failed: 0, skipped: [] };
  for (const suite of json.testsuites) {
    for (const test of suite.testsuite) {
      const name = `${suite.name}.${test.name}`;
      if (test.failures) total.failed++;
      else if (test.result === 'SKIPPED') {
        const why = (test.skipped?.[0]?.message ?? '').trim().split('\n').filter(Boolean).pop();
        total.skipped.push(`${name}: ${why || 'no reason given'}`);
      } else total.passed++;
    }
  }
  return total;
}

// Only the leaves of node's TAP count: a file and a suite are no tests of their own.
export function fromTap(text) {
  const total = { passed: 0, failed: 0, skipped: [] };
  const summary = (name) => Number(text.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
  total.passed = summary('pass');
  total.failed = summary('fail') + summary('cancelled');
  for (const [, name, why] of text.matchAll(/^\s*ok \d+ - (.*?) # SKIP ?(.*)$/gm)) total.skipped.push(`${name}: ${why || 'no reason given'}`);
  return total;
}

export function fromVitest(json) {
  const total = { passed: json.numPassedTests, failed: json.numFailedTests + json.numFailedTestSuites, skipped: [] };
  for (const file of json.testResults) {
    for (const test of file.assertionResults) if (test.status === 'pending' || test.status === 'skipped') total.skipped.push(test.fullName);
  }
  return total;
}

function read(folder, name) {
  const text = readFileSync(path.join(folder, name), 'utf8');
  if (name.endsWith('.tap')) return fromTap(text);
  if (name.endsWith('.vitest.json')) return fromVitest(JSON.parse(text));
  return fromGoogleTest(JSON.parse(text));
}

function main(folder) {
  const sum = { passed: 0, failed: 0, skipped: [] };
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.failed')) {
      // A layer without a file of results (a linter, a comparison), or one that crashed: it counts as one failure.
      sum.failed++;
      console.log(`failed layer: ${name.slice(0, -7)} (build/layer-${name.slice(0, -7)}.log)`);
      continue;
    }
    const total = read(folder, name);
    console.log(`${name.replace(/\.(json|tap|vitest\.json)$/, '').padEnd(28)} ${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
    if (total.passed + total.failed === 0 && total.skipped.length === 0) {
      console.log(`  ${name}: no test ran`);
      sum.failed++;
    }
    sum.passed += total.passed;
    sum.failed += total.failed;
    sum.skipped.push(...total.skipped);
  }
  if (sum.skipped.length) console.log('\nSkipped:');
  for (const line of sum.skipped) console.log(`  ${line}`);
  if (sum.passed === 0) sum.failed++;
  console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped.length} skipped`);
  process.exitCode = sum.failed ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) main(process.argv[2]);
