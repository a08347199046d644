// What the interface and the documents never say, in either language: claims that only a lawyer, a certifier or the world could
// keep, and that we are somebody else. `./test --clauses` counts on it (docs/privacy.md).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '..');

const claims = {
  'compliance with a law or a standard': [
    /\b(?:compl(?:y|ies|iant|iance)|conform\w*|certif\w+)\b[^.\n]{0,40}\b(?:GDPR|152-FZ|ASVS|ISO|law|regulations?)\b/i,
    /\b(?:GDPR|152-FZ|ASVS)[- ](?:compliant|compliance|conformant|certified|ready)\b/i,
    /соответству\p{L}*[^.\n]{0,40}(?:152-ФЗ|GDPR|закон|регламент|стандарт)/iu,
    /сертифицир\p{L}*/iu,
  ],
  'data made anonymous in the legal sense': [/\banonymi[sz]ed\b/i, /обезлич\p{L}*/iu, /анонимизир\p{L}*/iu],
  'erasure from everywhere': [/\b(?:erased?|deleted?|removed?)\b[^.\n]{0,20}\beverywhere\b/i, /(?:удал|ст[её]р|уничтож)\p{L}*[^.\n]{0,20}(?:везде|отовсюду|всюду)/iu],
  'exactly once in every network': [/exactly once[^.\n]{0,20}(?:every|all) networks?/i, /ровно (?:один )?раз[^.\n]{0,20}(?:всех|любых|каждой) сет/iu],
  'being the original company': [/\bpostmypost\.(?:io|com|ru)\b/i, /(?<!\p{L})(?:ООО|ИП|АО)\s+[«"]/u],
};
// The policy's clause about statistics speaks of it in the words of the policy this product is modelled on.
const allowed = [/считать обезличенную статистику: числа без связи с человеком/];

const findClaims = (text) =>
  Object.entries(claims).flatMap(([what, patterns]) =>
    patterns.flatMap((pattern) => [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))])
      .filter((match) => !allowed.some((one) => one.test(text.slice(Math.max(0, match.index - 80), match.index + 80))))
      .map((match) => `${what}: ${match[0]}`));

const files = (folder, ends) =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ends.some((end) => entry.name.endsWith(end)))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('node_modules'));

test('neither the interface nor a document claims what only others could confirm', () => {
  const said = [path.join(root, 'README.md'), ...files('docs', ['.md']), ...files('web/src', ['.json', '.svelte']), ...files('src', ['.cpp', '.hpp', '.json'])];
  assert.ok(said.length > 200, 'the texts are where they are looked for');
  const found = said.flatMap((file) => findClaims(readFileSync(file, 'utf8')).map((claim) => `${path.relative(root, file)}: ${claim}`));
  assert.deepEqual(found, []);
});

test('each kind of claim would be seen, in both languages', () => {
  for (const claim of ['This service is GDPR compliant.', 'We comply with the law.', 'Сервис соответствует требованиям 152-ФЗ.', 'Сертифицировано', 'All statistics are anonymised.', 'Данные обезличены',
    'Your data is erased everywhere.', 'Данные удалены отовсюду', 'Posts go out exactly once on every network.', 'Пишите на help@postmypost.io', 'ООО «Ромашка»']) {
    assert.equal(findClaims(claim).length > 0, true, claim);
  }
  assert.deepEqual(findClaims('It helps the operator to answer in time. считать обезличенную статистику: числа без связи с человеком.'), []);
});
