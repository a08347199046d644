import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../src');
const root = join(source, 'locales');
const areas = (locale: string) => readdirSync(join(root, locale)).sort();
const messages = (locale: string, area: string) =>
  JSON.parse(readFileSync(join(root, locale, area), 'utf8')) as Record<string, string>;

function argumentsOf(elements: MessageFormatElement[], found = new Set<string>()): Set<string> {
  for (const element of elements) {
    if (element.type === TYPE.literal || element.type === TYPE.pound) continue;
    if ('value' in element) found.add(String(element.value));
    if ('options' in element) for (const option of Object.values(element.options)) argumentsOf(option.value, found);
  }
  return found;
}

function plurals(elements: MessageFormatElement[]): string[][] {
  return elements.flatMap((element) =>
    element.type === TYPE.plural
      ? [Object.keys(element.options), ...Object.values(element.options).flatMap((option) => plurals(option.value))]
      : [],
  );
}

it('both languages have the same areas', () => {
  expect(areas('en')).toEqual(areas('ru'));
});

describe.each(areas('ru'))('%s', (area) => {
  const ru = messages('ru', area);
  const en = messages('en', area);

  it('has the same messages in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(ru).sort());
  });

  it('takes the same arguments in both languages', () => {
    for (const key of Object.keys(ru)) {
      const of = (text: string) => [...argumentsOf(parse(text, { ignoreTag: true }))].sort();
      expect(of(en[key] ?? ''), key).toEqual(of(ru[key] ?? ''));
    }
  });

  it('has every Russian and English plural form', () => {
    for (const [key, text] of Object.entries(ru)) {
      for (const forms of plurals(parse(text, { ignoreTag: true }))) {
        expect(forms, key).toEqual(expect.arrayContaining(['one', 'few', 'many', 'other']));
      }
    }
    for (const [key, text] of Object.entries(en)) {
      for (const forms of plurals(parse(text, { ignoreTag: true })))
        expect(forms, key).toEqual(expect.arrayContaining(['one', 'other']));
    }
  });

  it('has no empty message', () => {
    for (const [key, text] of [...Object.entries(ru), ...Object.entries(en)]) expect(text.trim(), key).not.toBe('');
  });
});

// Keys written out in the code; computed ones (`t(`common.status_${…}`)`) are seen by the browser tests.
it('every message named in the code exists', () => {
  const known = new Set(
    areas('ru').flatMap((area) => Object.keys(messages('ru', area)).map((key) => `${area.slice(0, -5)}.${key}`)),
  );
  const missing: string[] = [];
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(svelte|ts)$/.test(file) || file.endsWith('.test.ts') || file.startsWith('lib/i18n')) continue;
    for (const [, key] of readFileSync(join(source, file), 'utf8')
      .replaceAll(/^\s*\/\/.*$/gm, '')
      .matchAll(/\bt\(\s*'([a-z_]+\.[\w.]+)'/g)) {
      if (!known.has(key ?? '')) missing.push(`${file}: ${key}`);
    }
  }
  expect(missing).toEqual([]);
});
