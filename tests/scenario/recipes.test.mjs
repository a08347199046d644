// docs/recipes.md, as printed: each block runs against a fresh server, and prints what the page says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { NetSim } from './support/netsim.mjs';
import { png } from './support/png.mjs';
import { root, Server } from './support/server.mjs';

const run = promisify(execFile);
const interpreters = { sh: ['/bin/sh', '.sh'], js: [process.execPath, '.mjs'], python: ['/usr/bin/python3', '.py'] };

// The blocks of the page in their order: { heading, language, name, code, output }. A block with a name is a file for the others; every
// other one is followed by a block of text, which is its output.
function blocksOf(page) {
  const blocks = [];
  let heading = '';
  for (const [, title, language, name, code] of page.matchAll(/^## ([^\n]*)$|^```(\w+) ?(\S*)\n(.*?)^```$/gms)) {
    if (title) heading = title;
    else if (language === 'text') {
      const last = blocks.at(-1);
      assert.ok(last && !last.name && last.output === undefined, `an output without its block under "${heading}"`);
      last.output = code;
    } else blocks.push({ heading, language, name, code });
  }
  return blocks;
}

const blocks = blocksOf(readFileSync(path.join(root, 'docs/recipes.md'), 'utf8'));
const files = blocks.filter(({ name }) => name);
const recipes = blocks.filter(({ name }) => !name);

// What a recipe's page says was there before it runs.
async function prepare(heading, server, sim) {
  const account = await server.ownPage();
  if (heading !== 'List what failed, and why') return account.id;
  const telegram = await sim.connect(server, 'telegram', 'canarytelegram');
  const refusal = { ok: false, error_code: 400, description: 'Bad Request: message must be non-empty' };
  await sim.script([{ network: 'telegram', match: '/sendMessage', acts: 'no', answer: 'given', status: 400, body: JSON.stringify(refusal) }]);
  const { id } = await server.publish(telegram, 'Not to their liking');
  await server.delivery(id, ['held', 'failed']);
  return account.id;
}

async function runRecipe({ heading, language, code }) {
  const sim = await NetSim.start();
  const server = await Server.create({ flags: sim.flags });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'recipe-'));
  try {
    await server.start();
    await server.setUp();
    const account = await prepare(heading, server, sim);
    for (const file of files) await writeFile(path.join(folder, file.name), file.code);
    await writeFile(path.join(folder, 'picture.png'), png());
    const [interpreter, ending] = interpreters[language];
    await writeFile(path.join(folder, `recipe${ending}`), code);
    const { PATH } = process.env;
    const env = { PATH, LC_ALL: 'C.UTF-8', POSTMYPOST_URL: server.url, POSTMYPOST_TOKEN: await server.token(), PROJECT: String(server.project), ACCOUNT: String(account) };
    return (await run(interpreter, [`recipe${ending}`], { cwd: folder, env, timeout: 60_000 })).stdout;
  } finally {
    await rm(folder, { recursive: true });
    await server.remove();
    await sim.close();
  }
}

test('every recipe is there in three languages, and each says what it prints', () => {
  assert.deepEqual(files.map(({ language }) => language), Object.keys(interpreters));
  for (const [heading, own] of Object.entries(Object.groupBy(recipes, (one) => one.heading))) {
    assert.deepEqual(own.map(({ language }) => language), Object.keys(interpreters), heading);
  }
  assert.deepEqual(recipes.filter(({ output }) => !output), []);
});

describe('as printed', { concurrency: 2 }, () => {
  for (const recipe of recipes) {
    test(`${recipe.heading} (${recipe.language})`, { timeout: 120_000 }, async () => assert.equal(await runRecipe(recipe), recipe.output));
  }
});
