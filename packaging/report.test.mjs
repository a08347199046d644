import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fromGoogleTest, fromLines, fromVitest, judge } from './report.mjs';

const here = import.meta.dirname;

// What GoogleTest 1.12 writes.
const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="6" failures="1" disabled="1" errors="0" name="AllTests">
  <testsuite name="A" tests="4" failures="1" disabled="1" skipped="1" errors="0">
    <testcase name="passes" file="a.cpp" line="2" status="run" result="completed" time="0" classname="A" />
    <testcase name="skips" file="a.cpp" line="3" status="run" result="skipped" time="0" classname="A">
      <skipped message="a.cpp:3&#x0A;no shared &quot;data&quot; &lt;here&gt;"><![CDATA[a.cpp:3
no shared "data" <here>]]></skipped>
    </testcase>
    <testcase name="fails" file="a.cpp" line="4" status="run" result="completed" time="0" classname="A">
      <failure message="a.cpp:4&#x0A;1 is not 2" type=""><![CDATA[a.cpp:4
1 is not 2]]></failure>
    </testcase>
    <testcase name="DISABLED_off" file="a.cpp" line="8" status="notrun" result="suppressed" time="0" classname="A" />
  </testsuite>
  <testsuite name="All/P" tests="1" failures="0" disabled="0" skipped="0" errors="0">
    <testcase name="each/0" value_param="1" file="a.cpp" line="6" status="run" result="completed" classname="All/P" />
  </testsuite>
</testsuites>`;

test('GoogleTest: passed, failed, skipped with its reason, disabled', () => {
  assert.deepEqual(fromGoogleTest(xml), [
    { name: 'A.passes', outcome: 'passed' },
    { name: 'A.skips', outcome: 'skipped', reason: 'no shared "data" <here>' },
    { name: 'A.fails', outcome: 'failed' },
    { name: 'A.DISABLED_off', outcome: 'skipped', reason: 'disabled in its source' },
    { name: 'All/P.each/0', outcome: 'passed' },
  ]);
});

test('vitest: a file that cannot be loaded is one failure', () => {
  const results = fromVitest({
    testResults: [
      { name: '/x/a.test.ts', status: 'failed', assertionResults: [] },
      { name: '/x/b.test.ts', status: 'failed', assertionResults: [{ fullName: 'b', status: 'failed' }, { fullName: 'c', status: 'pending' }] },
    ],
  });
  assert.deepEqual(results.map((r) => `${r.name} ${r.outcome}`), ['a.test.ts failed', 'b failed', 'c skipped']);
});

test('a layer that ended badly or ran nothing fails although no test did', () => {
  assert.equal(judge({ name: 'unit', results: [{ name: 'a', outcome: 'passed' }], status: 139, seconds: 1 }).failed.length, 1);
  assert.equal(judge({ name: 'unit', results: [], status: 0, seconds: 1 }).failed.length, 1);
  assert.equal(judge({ name: 'unit', results: [], status: 0, seconds: 1 }, true).failed.length, 0);
  assert.equal(judge({ name: 'unit', results: [{ name: 'a', outcome: 'failed' }], status: 1, seconds: 1 }).failed.length, 1);
});

function inFolder(work) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postmypost-report-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// A run of `node --test` inside one must not take part in the outer one.
const environment = { ...process.env };
delete environment.NODE_TEST_CONTEXT;

test('the reporter counts each test once and keeps reasons', () => {
  const results = inFolder((folder) => {
    const file = path.join(folder, 'x.test.mjs');
    writeFileSync(file, `import { describe, it, test } from 'node:test';
      test('passes', (t) => t.diagnostic('proof: nothing lost'));
      test('skips', { skip: 'no # data' }, () => {});
      test('skips inside', (t) => t.skip('not here'));
      test('holds', async (t) => { await t.test('one', () => {}); await t.test('two', () => { throw new Error('no'); }); });
      test('holds passing ones', async (t) => { await t.test('three', () => {}); });
      describe('suite', () => { it('four', () => {}); });
      test('fails', () => { throw new Error('no'); });`);
    writeFileSync(path.join(folder, 'broken.test.mjs'), 'import "./is-not-there.mjs";');
    const run = spawnSync(process.execPath, ['--test', `--test-reporter=${here}/results-reporter.mjs`, file, path.join(folder, 'broken.test.mjs')], { env: environment, encoding: 'utf8' });
    return fromLines(run.stdout);
  });
  assert.deepEqual(results.map((r) => [path.basename(r.name), r.outcome, r.reason].filter(Boolean).join(' ')).sort(), [
    'broken.test.mjs failed', 'fails failed', 'four passed', 'nothing lost proof', 'one passed', 'passes passed',
    'skips inside skipped not here', 'skips skipped no # data', 'three passed', 'two failed',
  ]);
});

test('the closing line sums all layers and the status says whether something failed', () => {
  const run = (lines) =>
    inFolder((folder) => {
      for (const layer of ['unit', 'web']) mkdirSync(path.join(folder, layer));
      writeFileSync(path.join(folder, 'order'), 'unit\nweb\n');
      writeFileSync(path.join(folder, 'unit', 'a.xml'), xml.replace(/<failure[\s\S]*<\/failure>/, ''));
      writeFileSync(path.join(folder, 'unit', 'status'), '0 3');
      writeFileSync(path.join(folder, 'web', 'checks.jsonl'), lines);
      writeFileSync(path.join(folder, 'web', 'status'), '0 4');
      return spawnSync(process.execPath, [path.join(here, 'report.mjs'), folder], { encoding: 'utf8' });
    });
  const good = run('{"name":"types","outcome":"passed"}\n{"name":"lost 0","outcome":"proof"}\n');
  assert.match(good.stdout, /Shown:\n {2}lost 0\n/);
  assert.equal(good.stdout.trim().split('\n').at(-1), '4 passed, 0 failed, 2 skipped');
  assert.match(good.stdout, /unit: A\.skips: no shared "data" <here>/);
  assert.equal(good.status, 0);
  const bad = run('{"name":"types","outcome":"failed"}\n');
  assert.equal(bad.stdout.trim().split('\n').at(-1), '3 passed, 1 failed, 2 skipped');
  assert.equal(bad.status, 1);
});
