import { expect, test } from 'vitest';
import rules from '../../../../src/networks/text_rules.json';
import shared from '../../../../tests/networks/text_vectors.json';
import { countText, measure } from './index';

type Rule = Parameters<typeof countText>[1];
const rule = (name: string) =>
  ({ ...(rules.rules as Record<string, Omit<Rule, 'required'>>)[name], required: false }) as Rule;

test.each(shared.vectors.map((v) => [v.rule, v.text, v.count] as const))(
  '%s counts %j like the server',
  (name, text, count) => {
    expect(countText(text, rule(name))).toBe(count);
  },
);

test('Telegram allows less with pictures', () => {
  const text = 'я'.repeat(1025);
  expect(measure(text, 0, rule('telegram')).over).toBe(0);
  expect(measure(text, 1, rule('telegram'))).toEqual({ used: 1025, limit: 1024, over: 1 });
});

test('Bluesky counts bytes beside graphemes', () => {
  const family = '👨‍👩‍👧‍👦'.repeat(150);
  expect(measure(family, 0, rule('bluesky'))).toMatchObject({ used: 150, over: 1 });
});
