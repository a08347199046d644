// The newcomer's path in a real browser: set-up link, project, own page, a post with a picture a minute ahead, its permalink and feeds.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { mf2 } from 'microformats-parser';
import RssParser from 'rss-parser';
import { png } from '../scenario/support/png.mjs';
import { Server, eventually, root } from '../scenario/support/server.mjs';
import { launch, openPage } from './support.mjs';

let server;
let browser;
let world;
let permalink;
const pictures = process.env.POSTMYPOST_PICTURES; // a folder: screenshots for the README are written there

before(async () => {
  server = await Server.create();
  await server.start();
  browser = await launch();
  world = await openPage(browser);
});
after(async () => {
  assert.deepEqual(world?.faults, []);
  await browser?.close();
  await server?.remove();
});

async function shoot(name) {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await writeFile(path.join(pictures, `${name}.png`), await world.page.screenshot());
}

test('whoever holds the set-up link becomes the operator', async () => {
  const { page } = world;
  await page.goto(await server.setUpLink());
  await page.getByLabel('Кто ведёт сервер').fill('Обжарка «Сойка»');
  await page.getByLabel('Как связаться').fill('hello@soyka.example');
  assert.equal(await page.getByLabel('Адрес сервера').inputValue(), server.url);
  await page.getByLabel('Как к вам обращаться').fill('Анна Ларина');
  await page.getByLabel('Почта').fill('anna@soyka.example');
  await page.getByLabel('Пароль', { exact: true }).fill('кофе жасмин смородина ревень');
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Завершить настройку' }).click();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await eventually('the server is set up', async () => (await server.call('GET', '/api/v1/instance')).json.set_up);
});

test('a project with its zone and an own page that is said to be public', async () => {
  const { page } = world;
  await page.goto(`${server.url}/projects/new`);
  await page.locator('input[name=name]').fill('Сойка, обжарка');
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(/\/p\/\d+\/accounts/);
  server.project = Number(page.url().match(/\/p\/(\d+)\//)[1]);
  await page.getByRole('button', { name: /Завести свою страницу|Подключить/ }).first().click();
  const handle = page.getByLabel('Адрес страницы');
  if (!(await handle.isVisible().catch(() => false))) await page.getByRole('button', { name: /Своя страница/ }).first().click();
  await handle.fill('soyka');
  await page.getByLabel('Название').fill('Сойка, обжарка');
  await page.getByText('Понимаю, что страницу сможет прочитать любой').click();
  await page.getByRole('dialog').getByRole('button', { name: /Подключить|Завести/ }).last().click();
  await page.getByText('/@soyka').first().waitFor();
});

test('a post with a described picture is scheduled a minute ahead and comes out', { timeout: 180_000 }, async () => {
  const { page } = world;
  await page.goto(`${server.url}/p/${server.project}/publications/new`);
  await page.getByRole('textbox', { name: 'Текст' }).fill('Новая обжарка: Бурунди, станция Каянза. https://soyka.example/burundi');
  await page.getByLabel('Добавить картинки').setInputFiles({ name: 'kayanza.png', mimeType: 'image/png', buffer: png(640, 480) });
  await page.getByLabel('Описание картинки 1').fill('Склоны Каянзы на рассвете');
  const wall = new Date(Date.now() + 60_000);
  const zone = await page.evaluate(async (id) => (await (await fetch(`/api/v1/projects/${id}`)).json()).zone, server.project);
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(wall);
  await page.getByLabel('День').fill(local.slice(0, 10));
  await page.getByLabel('Время').fill(local.slice(11, 16));
  await page.getByText('Всё готово').waitFor();
  await shoot('composer');
  await page.getByRole('button', { name: 'Запланировать' }).click();
  await page.waitForURL(/\/publications\/\d+$/);
  const link = page.locator('a.permalink');
  await link.waitFor({ timeout: 120_000 });
  permalink = await link.getAttribute('href');
  await page.getByText('Опубликовано').first().waitFor();
  await shoot('publication');
});

test('the calendar shows it and opens it by keyboard', async () => {
  const { page } = world;
  await page.goto(`${server.url}/p/${server.project}/calendar`);
  const card = page.locator('.month .card', { hasText: 'Бурунди' }).first();
  await card.waitFor();
  await shoot('calendar');
  await page.locator('.cell[tabindex="0"]').focus();
  await page.keyboard.press('ArrowRight');
  assert.ok(await page.evaluate(() => document.activeElement.matches('.cell[tabindex="0"]')));
  await card.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/publications\/\d+$/);
});

test('the permalink is an h-entry with the picture and its description', async () => {
  const { page } = world;
  await page.goto(permalink);
  assert.equal(await page.getByAltText('Склоны Каянзы на рассвете').evaluate((img) => img.naturalWidth), 640);
  await shoot('own-page');
  const html = await (await fetch(permalink)).text();
  const [entry] = mf2(html, { baseUrl: server.url }).items.filter((item) => item.type.includes('h-entry'));
  assert.equal(entry.properties.url[0], permalink);
  assert.equal(entry.properties.photo[0].alt, 'Склоны Каянзы на рассвете');
  assert.match(entry.properties.content[0].value, /Бурунди/);
  const feed = mf2(await (await fetch(`${server.url}/@soyka`)).text(), { baseUrl: server.url }).items.find((item) => item.type.includes('h-feed'));
  assert.equal(feed.children.length, 1);
});

test('both feeds are read by an ordinary reader', async () => {
  const atom = await new RssParser().parseString(await (await fetch(`${server.url}/@soyka/feed.atom`)).text());
  assert.equal(atom.items.length, 1);
  assert.equal(atom.items[0].link, permalink);
  assert.match(atom.items[0].content, /Склоны Каянзы/);
  const json = await (await fetch(`${server.url}/@soyka/feed.json`)).json();
  assert.equal(json.version, 'https://jsonfeed.org/version/1.1');
  assert.equal(json.items[0].url, permalink);
});

test('a cookie or a key in the browser that nobody declared would be seen', async () => {
  const { page, context, faults } = await openPage(browser);
  await page.goto(`${server.url}/policy`);
  await page.evaluate(() => {
    document.cookie = 'visitor=1';
    localStorage.setItem('visitor', '1');
  });
  await page.reload();
  await eventually('both were noticed', () => faults.length === 2);
  assert.deepEqual(faults.toSorted(), ['undeclared cookie: visitor', 'undeclared key in the browser: visitor']);
  await context.close();
});

test('an answer that the document does not describe would be seen', async () => {
  const { page, context, faults } = await openPage(browser);
  await page.goto(`${server.url}/policy`);
  await page.route('**/api/v1/zones', (route) => route.fulfill({ status: 200, contentType: 'application/json', body: '{"items":[1]}' }));
  await page.evaluate(() => fetch('/api/v1/zones'));
  await eventually('it was noticed', () => faults.length === 1);
  assert.match(faults[0], /^GET \/api\/v1\/zones: /);
  await context.close();
});

test('the server is ready quickly and stays small after the walk', { timeout: 120_000 }, async (t) => {
  const { readFile } = await import('node:fs/promises');
  const status = await readFile(`/proc/${server.process.pid}/status`, 'utf8');
  const rss = Number(status.match(/VmRSS:\s+(\d+)/)[1]) / 1024;
  t.diagnostic(`resident after the walk: ${rss.toFixed(1)} MiB (${path.relative(root, process.env.POSTMYPOST_BUILD ?? 'build/release')})`);
  assert.ok(rss < 400, 'far from any sane size');
});
