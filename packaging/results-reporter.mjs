// Reporter of `node --test` for packaging/report.mjs: one JSON line {name, outcome, reason} for each test. A suite, a file
// and a test that holds others are no tests of their own, unless they failed themselves. What a test says with
// `t.diagnostic('proof: …')` is passed on too: it belongs under the totals.
function toResult(event, heldOthers) {
  const { name, skip, todo, details } = event.data;
  if (skip !== undefined && skip !== false) return { name, outcome: 'skipped', reason: typeof skip === 'string' ? skip : '' };
  if (todo !== undefined && todo !== false) return { name, outcome: 'skipped', reason: `todo: ${todo}` };
  if (event.type === 'test:fail') {
    // Held up only by a test inside it, which has a line of its own.
    if (details?.error?.failureType === 'subtestsFailed') return null;
    return { name, outcome: 'failed' };
  }
  return heldOthers || details?.type === 'suite' ? null : { name, outcome: 'passed' };
}

export default async function* reporter(events) {
  const reported = new Set(); // depths at which a test was reported since the last one above them
  for await (const event of events) {
    const proof = event.type === 'test:diagnostic' && event.data.message.match(/^proof: (.*)/s)?.[1];
    if (proof) yield JSON.stringify({ name: proof, outcome: 'proof' }) + '\n';
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { nesting } = event.data;
    const result = toResult(event, reported.delete(nesting + 1));
    reported.add(nesting);
    if (result) yield JSON.stringify(result) + '\n';
  }
}
