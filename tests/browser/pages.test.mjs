// Every page the router knows: no axe violation, no broken policy, no sideways scroll; both languages, both themes, both widths.
import assert from 'node:assert/strict';
import { readFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { routes } from '../../web/src/app/routes.ts';
import { png } from '../scenario/support/png.mjs';
import { Server } from '../scenario/support/server.mjs';
import { launch, openPage } from './support.mjs';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const looks = [
  { name: 'ru light', locale: 'ru', colorScheme: 'light', width: 1440 },
  { name: 'en dark', locale: 'en', colorScheme: 'dark', width: 1440 },
  { name: 'ru dark phone', locale: 'ru', colorScheme: 'dark', width: 390 },
  { name: 'en light phone', locale: 'en', colorScheme: 'light', width: 390 },
];

describe('every page', () => {
  let server;
  let browser;
  let params;
  const visited = new Set();
  before(async () => {
    browser = await launch();
    server = await Server.create();
    await server.start();
  });
  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  async function look(at, route, search, signedIn) {
    const { context, page, faults } = await openPage(browser, {
      locale: at.locale === 'ru' ? 'ru-RU' : 'en-GB',
      colorScheme: at.colorScheme,
      viewport: { width: at.width, height: 900 },
      bypassCSP: true, // axe is injected; the policy itself is checked by the walk in newcomer.test.mjs
      reducedMotion: 'reduce',
    });
    try {
      await context.addInitScript((locale) => localStorage.setItem('postmypost.locale', locale), at.locale);
      if (signedIn) {
        const [name, value] = server.cookie.split('=');
        await context.addCookies([{ name, value, url: server.url }]);
        await server.ok('PATCH', '/me', { locale: at.locale });
      }
      const address = route.path.replace(/:(\w+)/g, (_, key) => params?.[key] ?? 'x') + search;
      await page.goto(server.url + address);
      await page.locator('h1').first().waitFor();
      await page.waitForLoadState('networkidle');
      await page.waitForTimeout(120);
      const result = await page.evaluate(`${axeSource}; axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(tags)} } })`);
      const found = result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(' | ')}`);
      if (process.env.POSTMYPOST_PICTURES) {
        await mkdir(process.env.POSTMYPOST_PICTURES, { recursive: true });
        await page.screenshot({ path: path.join(process.env.POSTMYPOST_PICTURES, `${route.name}-${at.name.replaceAll(' ', '-')}.png`), fullPage: true });
      }
      assert.deepEqual(found, [], `${route.name}, ${at.name}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${route.name}, ${at.name} scrolls sideways by ${wide} px`);
      assert.deepEqual(faults, [], `${route.name}, ${at.name}`);
      visited.add(route.name);
    } finally {
      await context.close();
    }
  }

  for (const route of routes.filter((r) => r.needs === 'setup')) {
    test(`${route.name}, before set-up`, async () => {
      const [, fragment] = (await server.setUpLink()).split('#');
      for (const at of looks) await look(at, route, `#${fragment}`, false);
    });
  }

  test('a project with something in every page', async () => {
    await server.setUp();
    const account = await server.ownPage();
    const file = await server.upload(png(320, 240));
    const made = await server.publish(account, 'Новая обжарка: Бурунди, станция Каянза', { pictures: [{ file_id: file.id, alt: 'Склоны' }] });
    await server.delivery(made.id, ['published']);
    await server.ok('POST', `/projects/${server.project}/publications`, {
      account_ids: [account.id],
      details: [{ account_id: null, text: 'Черновик рецепта', pictures: [] }],
      when: { kind: 'draft' },
    });
    const invitation = await server.ok('POST', '/invitations', {});
    params = { project: server.project, publication: made.id, token: invitation.link.split('/').pop(), channel: 'mastodon' };
  });

  for (const route of routes.filter((r) => r.needs === 'anonymous')) {
    test(`${route.name}, without a session`, async () => {
      for (const at of looks) await look(at, route, '', false);
    });
  }
  for (const route of routes.filter((r) => r.needs === 'session')) {
    test(`${route.name}, signed in`, { timeout: 120_000 }, async () => {
      for (const at of looks) await look(at, route, '', true);
    });
  }
  test('no page was left out', () => {
    assert.deepEqual(routes.map((r) => r.name).filter((name) => !visited.has(name)), []);
  });

  test('the own page itself, by the same rules', async () => {
    for (const at of looks) {
      for (const address of ['/@soyka', `/@soyka/1`]) {
        const { context, page, faults } = await openPage(browser, { colorScheme: at.colorScheme, viewport: { width: at.width, height: 900 }, bypassCSP: true });
        await page.goto(server.url + address);
        const result = await page.evaluate(`${axeSource}; axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(tags)} } })`);
        assert.deepEqual(result.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`), [], `${address} ${at.name}`);
        assert.deepEqual(faults, []);
        await context.close();
      }
    }
  });
});
