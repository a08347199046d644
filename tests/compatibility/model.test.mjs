// The test of the test: the client model is content with a correct server, and names each of the 27 defects.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { png } from '../scenario/support/png.mjs';
import { defects, others, start } from './broken_server.mjs';
import { behaviours, client, walk } from './model.mjs';
import { cases, operations } from './tables.mjs';

async function meet(defect, behaviour) {
  const server = await start(defect);
  try {
    const world = {
      project: 7,
      offset: 3,
      accounts: [{ id: 31, code: 'telegram' }, { id: 32, code: 'mastodon' }],
      channels: { telegram: 6 },
      picture: png(40, 30),
      pictureUrl: `${server.origin}/f/picture.png`,
      limited: { url: server.url, token: 'pmp_limited' },
      foreign: 5000,
      badUrls: [['an address where nothing is', `${server.origin}/f/nothing`]],
      patience: 0,
    };
    return await walk(client(behaviour, server.url, 'pmp_right'), world);
  } finally {
    await server.close();
  }
}

test('the cases are 27, each with a defect of its own', () => {
  assert.equal(cases.length, 27);
  assert.deepEqual(Object.keys(defects).toSorted(), cases.map(({ id }) => id).toSorted());
});

for (const behaviour of behaviours) {
  test(`a correct server leaves the ${behaviour} client nothing to complain about, and all 15 operations were called`, async () => {
    const done = await meet(null, behaviour);
    assert.deepEqual(done.complaints, []);
    assert.deepEqual([...done.called].toSorted(), Object.keys(operations).toSorted());
  });
}

for (const { id, words } of cases) {
  test(`defect ${id} is named: ${words}`, async () => {
    const complaints = [];
    for (const behaviour of behaviours) complaints.push(...(await meet(id, behaviour)).complaints);
    const named = [...new Set(complaints.map((one) => one.case).filter(Boolean))];
    assert.deepEqual(named, [id], JSON.stringify(complaints.slice(0, 5), null, 2));
  });
}

for (const defect of Object.keys(others)) {
  test(`it is seen that ${defect}`, async () => {
    const complaints = [];
    for (const behaviour of behaviours) complaints.push(...(await meet(defect, behaviour)).complaints);
    assert.ok(complaints.length > 0);
  });
}
