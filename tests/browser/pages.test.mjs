// Every page the router knows: no axe violation, no broken policy, no sideways scroll; both languages, both themes, both widths.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { routes } from '../../web/src/app/routes.ts';
import { png } from '../scenario/support/png.mjs';
import { Server, program } from '../scenario/support/server.mjs';
import { launch, openPage } from './support.mjs';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const looks = [
  { name: 'ru light', locale: 'ru', colorScheme: 'light', width: 1440 },
  { name: 'en dark', locale: 'en', colorScheme: 'dark', width: 1440 },
  { name: 'ru dark phone', locale: 'ru', colorScheme: 'dark', width: 390 },
  { name: 'en light phone', locale: 'en', colorScheme: 'light', width: 390 },
];

const createUser = (data, email, password) =>
  new Promise((resolve, reject) => {
    const words = ['admin', 'create-user', '--data', data, '--email', email, '--name', 'Сделанный', '--locale', 'ru'];
    execFile(program, words, (error) => (error ? reject(error) : resolve())).stdin.end(`${password}\n`);
  });

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

  async function look(at, route, search, signedIn, who = server) {
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
        const [name, value] = who.cookie.split('=');
        await context.addCookies([{ name, value, url: server.url }]);
        if (who === server) await server.ok('PATCH', '/me', { locale: at.locale });
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
    const incident = await server.ok('POST', '/registers/incidents', { what: 'Потерян диск с копией', kinds: ['email', 'ip_address'], noticed_at: new Date(Date.now() - 3600_000).toISOString() });
    await server.ok('POST', '/registers/legal', { authority: 'Суд', act_number: 'А-1/2026', norm: 'ст. 1', scope: ['email'], subject_email: 'canary@example.org' });
    const ticket = await server.ok('POST', '/me/tickets', { topic: 'policy', clause: '3.2.4', text: 'Кто видел мои данные?' });
    await server.ok('POST', `/support/tickets/${ticket.id}/messages`, { text: 'Никто.' });
    await server.ok('POST', `/me/tickets/${ticket.id}/access`, { project_id: server.project, days: 3 });
    const invitation = await server.ok('POST', '/invitations', {});
    params = { project: server.project, publication: made.id, token: invitation.link.split('/').pop(), channel: 'mastodon', purpose: 'improve', ticket: ticket.id, incident: incident.id };
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
  test('acknowledge, by somebody whom the operator made: nothing else is shown, one button says that it was read, and then it is over', { timeout: 120_000 }, async () => {
    const made = new Server(server.data, server.port, []);
    await createUser(server.data, 'made@example.org', 'yet another long phrase');
    await made.ok('POST', '/session', { email: 'made@example.org', password: 'yet another long phrase' });
    const route = routes.find((r) => r.name === 'acknowledge');
    for (const at of looks.filter((one) => one.locale === 'ru')) await look(at, route, '', true, made); // as the operator made them
    const { context, page, faults } = await openPage(browser, { locale: 'ru-RU' });
    const [name, value] = made.cookie.split('=');
    await context.addCookies([{ name, value, url: server.url }]);
    await page.goto(`${server.url}/me`);
    await page.waitForURL(/\/acknowledge\?next=%2Fme$/);
    assert.equal(await page.getByRole('checkbox').count(), 0);
    const buttons = await page.getByRole('main').getByRole('button').allTextContents();
    const { policy_version, terms_version } = await server.ok('GET', '/instance');
    assert.deepEqual(buttons.map((text) => text.trim()), [`Ознакомлен(а) с политикой версии ${policy_version} и условиями версии ${terms_version}`, 'Выйти']);
    assert.equal(await page.getByText(/Соглас/).count(), 0, 'reading is no consent');
    await page.getByRole('button', { name: /^Ознакомлен/ }).click();
    await page.waitForURL(/\/me$/);
    assert.deepEqual(faults, []);
    await context.close();
  });
  test('a choice is one click to give and one to take back, with its text on screen and nothing ticked beforehand', async () => {
    const { context, page, faults } = await openPage(browser, { locale: 'ru-RU' });
    const [name, value] = server.cookie.split('=');
    await context.addCookies([{ name, value, url: server.url }]);
    await server.ok('PATCH', '/me', { locale: 'ru' });
    await page.goto(`${server.url}/privacy/choices/improve`);
    const choice = page.getByRole('switch');
    await choice.waitFor();
    assert.equal(await choice.count(), 1, 'one decision on a screen');
    assert.equal(await choice.isChecked(), false);
    for (const given of [true, false]) {
      await choice.click();
      await page.getByText(given ? 'Согласие дано' : 'Согласие отозвано').first().waitFor();
      const standing = (await server.ok('GET', '/me/choices')).items.find((one) => one.purpose === 'improve');
      assert.equal(standing.permitted, given);
      assert.deepEqual([standing.history.at(-1).screen, standing.history.at(-1).control], ['choice-improve', 'switch']);
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
  test('every page leads to support', async () => {
    for (const [address, who] of [['/signin', null], ['/policy', null], [`/p/${server.project}/calendar`, server]]) {
      const { context, page } = await openPage(browser, { locale: 'ru-RU' });
      if (who) {
        const [name, value] = who.cookie.split('=');
        await context.addCookies([{ name, value, url: server.url }]);
      }
      await page.goto(server.url + address);
      await page.locator('footer a[href="/support"]').first().waitFor();
      await context.close();
    }
  });
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
