// The personal cabinet as a person uses it: each field says what it is for; who received what; data out and in; pause; leaving and staying.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startTelegram, token } from '../networks/telegram.mjs';
import { json, password } from '../scenario/support/archive.mjs';
import { Server } from '../scenario/support/server.mjs';
import { unpack } from '../scenario/support/zip.mjs';
import { launch, openPage } from './support.mjs';

let bot;
let server;
let browser;
let opened;
let published;

before(async () => {
  bot = await startTelegram();
  server = await Server.create({ flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`] });
  await server.start();
  await server.setUp();
  const account = await server.connect({ channel: 'telegram', token, chat: '@soyka_coffee' });
  published = await server.publish(account, 'Пост, который вышел');
  await server.delivery(published.id, ['published']);
  browser = await launch();
  opened = await openPage(browser, { acceptDownloads: true });
  const [name, value] = server.cookie.split('=');
  await opened.context.addCookies([{ name, value, url: server.url }]);
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await server?.remove();
  await bot?.close();
});

const open = async (route) => {
  await opened.page.goto(server.url + route);
  await opened.page.locator('h1').first().waitFor();
  return opened.page;
};
const button = (name) => opened.page.getByRole('button', { name, exact: true });

test('every field of the profile says what it is for', async () => {
  const page = await open('/me');
  const fields = await page.locator('.field').evaluateAll((all) => all.map((field) => ({ label: field.querySelector('label, .label')?.textContent?.trim(), hint: field.querySelector('.hint')?.textContent?.trim() ?? field.closest('.panel')?.querySelector('.panel-hint')?.textContent?.trim() })));
  assert.ok(fields.length >= 5, JSON.stringify(fields));
  for (const field of fields) assert.ok(field.hint, `${field.label} does not say what it is for`);
  await page.getByText('Указан при настройке сервера').waitFor();
});

test('what is known about me leads to where I see and change it', async () => {
  const page = await open('/me/data');
  const rows = page.locator('tbody tr');
  await rows.first().waitFor();
  assert.ok((await rows.count()) > 8);
  await rows.filter({ hasText: 'Адрес электронной почты' }).getByRole('link', { name: 'Профиль' }).click();
  await page.getByLabel('Новый адрес').waitFor();
});

test('who received what is listed with its clause and what came of it', async () => {
  const page = await open('/me/disclosures');
  const row = page.locator('tbody tr').filter({ hasText: 'публикация' }).first();
  for (const words of ['Telegram', 'текст', '3.2.2', 'дошло']) await row.getByText(words).first().waitFor();
  await row.getByRole('link', { name: 'Публикация' }).click();
  await page.getByText('Пост, который вышел').first().waitFor();
});

test('a link that leaves the server says so and tells the other site nothing', async () => {
  const page = await open(`/p/${server.project}/publications/${published.id}`);
  const link = page.locator('a[href^="https://t.me/"]').first();
  await link.waitFor();
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
  assert.match(await link.textContent(), /чужой сайт/);
  assert.ok(await link.locator('svg').isVisible(), 'and to the eye');
  for (const route of ['/me', '/me/disclosures', `/p/${server.project}/accounts`, '/policy', '/privacy/data']) {
    await open(route);
    const bare = await page.locator('a[href^="http"]').evaluateAll((all, own) => all.filter((a) => !a.href.startsWith(own) && (a.rel !== 'noopener noreferrer' || !a.title)).map((a) => a.outerHTML), server.url);
    assert.deepEqual(bare, [], route);
  }
});

test('all my data comes as an archive, once', { timeout: 60_000 }, async () => {
  const page = await open('/me/transfer');
  await page.getByLabel('Ваш пароль').fill(password);
  await button('Собрать архив').click();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Скачать архив' }).click();
  const members = unpack(readFileSync(await (await download).path()));
  assert.equal(json(members['manifest.json']).format, 'postmypost-export');
  await page.getByText(/Архив скачан/).waitFor();
});

test('an archive is sent and taken in, and what is none is refused in words', { timeout: 60_000 }, async () => {
  const page = await open('/me/transfer');
  const choose = (buffer) => page.locator('input[type=file]').setInputFiles({ name: 'archive.zip', mimeType: 'application/zip', buffer });
  await choose(Buffer.from('no archive'));
  await page.getByText('Это не архив ZIP.').waitFor();
  const { takeOut } = await import('../scenario/support/archive.mjs');
  await choose((await takeOut(server)).zip);
  await page.getByText(/^Принято .* публикаций 1/).waitFor();
});

test('pausing says what it does, and resuming ends it', async () => {
  const page = await open('/me/restriction');
  await button('Приостановить').click();
  await page.getByText(/Приостановлено с/).waitFor();
  assert.ok((await server.ok('GET', '/session')).user.restricted_at);
  await button('Возобновить').click();
  await button('Приостановить').waitFor();
});

test('leaving says what goes when, takes the password, and can be taken back', { timeout: 60_000 }, async () => {
  const page = await open('/me/leave');
  for (const words of [/ключи шифрования уничтожаются/, /до 7 дней/, /до 30 дней/, /Останется то, что уже опубликовано/]) await page.getByText(words).first().waitFor();
  await button('Удалить себя через неделю').click();
  assert.equal((await server.call('GET', '/api/v1/me/leaving')).status, 404, 'nothing without the password and the tick');
  // The only operator may not leave: the page says why.
  await page.getByLabel('Ваш пароль').fill(password);
  await page.getByText('Я понимаю, что через неделю это не отменить').click();
  await button('Удалить себя через неделю').click();
  await page.locator('.notice.is-error').waitFor();
});

test('nothing foreign was asked for, and no script failed', () => assert.deepEqual(opened.faults, []));
