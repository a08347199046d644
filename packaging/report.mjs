// Adds up what the layers of ./test left in FOLDER/LAYER: GoogleTest's XML, vitest's JSON, JSON lines of everything else.
// Prints a table, what the tests showed, the failed and the skipped tests, and the closing line "N passed, N failed, N skipped" by itself.
// Exits with 1 when a test failed, a layer ended badly without saying which, or a layer ran no test.
//   node report.mjs FOLDER [--partial]     --partial: tests were chosen by name, so an empty layer is no fault
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescape = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|(\w+));/gi, (whole, code, name) => (code ? String.fromCodePoint(parseInt(code, 16)) : (entities[name] ?? whole)));
const attribute = (tag, name) => unescape(tag.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1] ?? '');

// GoogleTest's own XML only: attributes in double quotes, one <testcase> after another.
export function fromGoogleTest(xml) {
  return xml.split('<testcase ').slice(1).map((part) => {
    const tag = ` ${part.slice(0, part.indexOf('>'))}`;
    const name = `${attribute(tag, 'classname')}.${attribute(tag, 'name')}`;
    if (part.includes('<failure ')) return { name, outcome: 'failed' };
    if (attribute(tag, 'status') === 'notrun') return { name, outcome: 'skipped', reason: 'disabled in its source' };
    if (attribute(tag, 'result') !== 'skipped') return { name, outcome: 'passed' };
    const [, ...reason] = attribute(part.slice(part.indexOf('<skipped')), 'message').split('\n'); // after FILE:LINE
    return { name, outcome: 'skipped', reason: reason.join(' ').trim() };
  });
}

export function fromVitest(json) {
  return json.testResults.flatMap((file) => {
    const tests = file.assertionResults.map(({ fullName, status }) => ({
      name: fullName,
      outcome: { passed: 'passed', failed: 'failed' }[status] ?? 'skipped',
      reason: status === 'todo' ? 'todo' : 'skipped in its source',
    }));
    // A file that could not even be loaded has no tests.
    const broken = file.status === 'failed' && !tests.some((t) => t.outcome === 'failed');
    return broken ? [...tests, { name: path.basename(file.name), outcome: 'failed' }] : tests;
  });
}

export const fromLines = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

export function readLayer(folder) {
  const results = readdirSync(folder).sort().flatMap((name) => {
    const text = () => readFileSync(path.join(folder, name), 'utf8');
    if (name.endsWith('.xml')) return fromGoogleTest(text());
    if (name.endsWith('.vitest.json')) return fromVitest(JSON.parse(text()));
    if (name.endsWith('.jsonl')) return fromLines(text());
    return [];
  });
  const [status, seconds] = existsSync(path.join(folder, 'status')) ? readFileSync(path.join(folder, 'status'), 'utf8').split(' ').map(Number) : [1, 0];
  return { name: path.basename(folder), results, status, seconds };
}

// The layer's totals, with what no single test says: it ended badly, or it ran nothing.
export function judge({ name, results: lines, status, seconds }, partial = false) {
  const of = (outcome) => lines.filter((result) => result.outcome === outcome);
  const results = lines.filter((result) => result.outcome !== 'proof');
  const ran = partial ? results.filter((result) => result.outcome !== 'skipped') : results;
  const failed = of('failed').map((result) => result.name);
  if (status !== 0 && failed.length === 0) failed.push(`(the layer ended with status ${status} and names no failed test)`);
  if (results.length === 0 && status === 0 && !partial) failed.push('(the layer ran no test)');
  return { name, seconds, passed: of('passed').length, failed, skipped: partial ? [] : of('skipped'), ran: ran.length, proofs: of('proof').map((line) => line.name) };
}

function main(folder, partial) {
  const order = readFileSync(path.join(folder, 'order'), 'utf8').split('\n').filter(Boolean);
  const layers = order.map((name) => judge(readLayer(path.join(folder, name)), partial));
  const width = Math.max(...order.map((name) => name.length)) + 2;
  console.log(`\n${'layer'.padEnd(width)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(8)}${'seconds'.padStart(9)}`);
  for (const layer of layers) {
    const numbers = [layer.passed, layer.failed.length, layer.skipped.length].map((number) => String(number).padStart(8)).join('');
    console.log(`${layer.name.padEnd(width)}${numbers}${String(layer.seconds).padStart(9)}`);
  }
  const failed = layers.flatMap((layer) => layer.failed.map((name) => `  ${layer.name}: ${name} (${path.relative('.', path.join(folder, layer.name, 'output.log'))})`));
  const skipped = layers.flatMap((layer) => layer.skipped.map(({ name, reason }) => `  ${layer.name}: ${name}: ${reason || 'no reason given'}`));
  const proofs = layers.flatMap((layer) => layer.proofs);
  if (proofs.length) console.log(`\nShown:\n${proofs.map((proof) => `  ${proof.replaceAll('\n', '\n  ')}`).join('\n')}`);
  const passed = layers.reduce((sum, layer) => sum + layer.passed, 0);
  if (failed.length) console.log(`\nFailed tests:\n${failed.join('\n')}`);
  console.log(skipped.length ? `\nSkipped tests and why:\n${skipped.join('\n')}` : '\nNo test was skipped.');
  if (layers.every((layer) => layer.ran === 0)) {
    console.log('\nNo test ran.');
    process.exitCode = 1;
  }
  console.log(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
  if (failed.length) process.exitCode = 1;
}

if (process.argv[1] === import.meta.filename) main(process.argv[2], process.argv[3] === '--partial');
