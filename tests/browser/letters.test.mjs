// Letters in a real browser: signing up, the link that confirms, a new password, another address, the operator's page. Each screen in both
// languages and on a phone, with axe.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Certificate, linkIn, Mailbox, sender } from '../scenario/support/mailbox.mjs';
import { Server } from '../scenario/support/server.mjs';
import { launch, openPage } from './support.mjs';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const words = 'кофе жасмин смородина ревень';
const later = 'ревень смородина жасмин кофе';

let certificate;
let mailbox;
let server;
let browser;
before(async () => {
  certificate = new Certificate();
  mailbox = await new Mailbox(certificate).open();
  server = await Server.create();
  server.flags.push('--mail-relay', `smtp://127.0.0.1:${mailbox.port}`, '--mail-sender', sender, '--mail-ca-file', certificate.file, '--trusted-proxy', '127.0.0.1');
  await server.start();
  assert.equal(server.exited, null, server.log);
  await server.setUp();
  await server.ok('PATCH', '/instance', { mode: 'open' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.remove();
  await mailbox?.close();
  certificate?.remove();
});

// One person's browser; nothing but this server is asked for anything, which `openPage` sees to.
async function open(locale, { width = 1440, colorScheme = 'light', cookie } = {}) {
  const world = await openPage(browser, { locale: locale === 'ru' ? 'ru-RU' : 'en-GB', colorScheme, viewport: { width, height: 900 }, bypassCSP: true, reducedMotion: 'reduce' });
  await world.context.addInitScript((one) => localStorage.setItem('postmypost.locale', one), locale);
  if (cookie) {
    const [name, value] = cookie.split('=');
    await world.context.addCookies([{ name, value, url: server.url }]);
  }
  world.look = async (name) => {
    await world.page.waitForLoadState('networkidle');
    await world.page.waitForTimeout(120);
    const { violations } = await world.page.evaluate(`${axeSource}; axe.run(document)`);
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0]?.html.slice(0, 160)}`), [], name);
    const wide = await world.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${name} scrolls sideways by ${wide} px`);
    if (!process.env.POSTMYPOST_PICTURES) return;
    await mkdir(process.env.POSTMYPOST_PICTURES, { recursive: true });
    await world.page.screenshot({ path: path.join(process.env.POSTMYPOST_PICTURES, `${name}-${locale}-${width}.png`), fullPage: true });
  };
  world.close = async () => {
    assert.deepEqual(world.faults, []);
    await world.context.close();
  };
  return world;
}

const texts = {
  ru: { name: 'Как к вам обращаться', email: 'Почта', password: 'Пароль', make: 'Создать кабинет', again: 'Отправить ещё раз', confirm: 'Подтвердить и войти', send: 'Отправить письмо', fresh: 'Новый пароль', set: 'Задать пароль', whole: 'Ссылка неполная', used: 'Эта ссылка уже использована' },
  en: { name: 'Your name', email: 'E-mail', password: 'Password', make: 'Create the cabinet', again: 'Send it again', confirm: 'Confirm and sign in', send: 'Send the letter', fresh: 'New password', set: 'Set the password', whole: 'The link is not whole', used: 'This link was used already' },
};

for (const [locale, look] of [['ru', { width: 1440, colorScheme: 'light' }], ['en', { width: 390, colorScheme: 'dark' }]]) {
  const say = texts[locale];
  const email = `anna-${locale}@soyka.example`;

  test(`sign-up, letter, link, ${locale}`, { timeout: 60_000 }, async () => {
    const world = await open(locale, look);
    const { page } = world;
    await page.goto(`${server.url}/signup`);
    await page.getByLabel(say.name).fill('Анна Ларина');
    await page.getByLabel(say.email).fill(email);
    await page.getByLabel(say.password, { exact: true }).fill(words);
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: say.make }).click();
    await page.getByRole('button', { name: say.again }).waitFor();
    await world.look('letter-sent');
    await page.getByRole('button', { name: say.again }).click();
    const [letter] = await mailbox.arrived(email, 2);
    await page.goto(`${server.url}/confirm`);
    await page.getByText(say.whole).waitFor();
    await page.goto(linkIn(letter)[0]);
    await page.getByLabel(say.password, { exact: true }).waitFor();
    await world.look('confirm');
    assert.equal(await server.count("select count(*) from person where email_confirmed_by='link'").catch(() => 0), locale === 'ru' ? 0 : 1, 'opening the link does nothing yet');
    await page.getByLabel(say.password, { exact: true }).fill(words);
    await page.getByRole('button', { name: say.confirm }).click();
    await page.waitForURL(`${server.url}/projects/new`);
    await world.close();
  });

  test(`a forgotten password, ${locale}`, { timeout: 60_000 }, async () => {
    const world = await open(locale, look);
    const { page } = world;
    await page.goto(`${server.url}/signin`);
    await page.locator('a[href="/lost-password"]').click();
    await page.getByRole('button', { name: say.send }).waitFor(); // the page before has a field of the same name
    await page.getByLabel(say.email).fill(email);
    await world.look('lost-password');
    await page.getByRole('button', { name: say.send }).click();
    await page.getByText(email).waitFor();
    await world.look('lost-password-sent');
    const letter = (await mailbox.arrived(email, 3)).at(-1);
    await page.goto(linkIn(letter)[0]);
    await page.getByLabel(say.fresh, { exact: true }).fill(later);
    await world.look('new-password');
    await page.getByRole('button', { name: say.set }).click();
    await page.locator('main a[href="/signin"]').waitFor();
    await world.look('new-password-done');
    await page.goto(`${server.url}/signin`);
    await page.goto(linkIn(letter)[0]);
    await page.getByLabel(say.fresh, { exact: true }).fill(words);
    await page.getByRole('button', { name: say.set }).click();
    await page.getByText(say.used).waitFor();
    await world.close();
  });
}

test('another address waits in the cabinet, and the operator’s page sends a test letter', { timeout: 60_000 }, async () => {
  await server.ok('POST', '/me/email', { email: 'moved@soyka.example', password: 'four unrelated words here' });
  for (const [locale, look] of [['ru', {}], ['en', { width: 390, colorScheme: 'dark' }]]) {
    await server.ok('PATCH', '/me', { locale });
    const world = await open(locale, { ...look, cookie: server.cookie });
    const { page } = world;
    await page.goto(`${server.url}/me`);
    await page.getByText('moved@soyka.example').waitFor();
    await world.look('email-awaited');
    await page.goto(`${server.url}/server`);
    await page.getByText(`smtp://127.0.0.1:${mailbox.port}`).waitFor();
    await page.getByRole('button', { name: locale === 'ru' ? 'Отправить мне проверочное письмо' : 'Send me a test letter' }).click();
    await mailbox.arrived('canary@example.org', locale === 'ru' ? 1 : 2);
    await world.look('server-letters');
    await world.close();
  }
});
