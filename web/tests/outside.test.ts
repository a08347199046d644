// Clause 1.2: a link that leaves the server says so and hands nothing over. They all go through ui/Outside.svelte, or a button that is told
// that it is external; a bare one would be found here.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '../src');
const pages = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.svelte'));

// Opening tags of links with what they are given.
const links = (text: string) => text.match(/<a\b[^>]*(?:=>[^>]*)*>/g) ?? [];
const isOurs = (link: string) => /href=(\{href\(|"\{href\(|"\/|\{ADDRESS\}|"#)/.test(link);

it('no page links to another site by itself', () => {
  const bare = pages
    .filter((name) => !['ui/Outside.svelte', 'ui/Button.svelte'].includes(name))
    .flatMap((name) =>
      links(readFileSync(join(source, name), 'utf8'))
        .filter((link) => (/target="?_blank/.test(link) && !isOurs(link)) || /href="https?:/.test(link))
        .map((link) => `${name}: ${link}`),
    );
  expect(bare).toEqual([]);
});

it('would see a bare one', () => {
  expect(
    links('<p><a href="https://a.example" target="_blank">x</a></p>').filter((link) => !isOurs(link)),
  ).toHaveLength(1);
  expect(links('<a href={href(\'policy\')} target="_blank">').every(isOurs)).toBe(true);
});

it('what leaves tells the other site nothing and says that it leaves', () => {
  const outside = readFileSync(join(source, 'ui/Outside.svelte'), 'utf8');
  expect(outside).toContain('rel="noopener noreferrer"');
  expect(outside).toContain("t('common.outside_hint')");
  expect(readFileSync(join(source, 'ui/Button.svelte'), 'utf8')).toContain("external ? 'noopener noreferrer'");
});
