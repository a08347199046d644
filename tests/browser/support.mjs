// Debian's Chromium with a page that fails the test on any error of script, policy or network of our own origin, and on anything
// left in the browser that the registry does not declare.
import { chromium } from 'playwright-core';
import { checkExchange, unseen } from '../scenario/support/contract.mjs';
import { isDeclared } from '../scenario/support/registry.mjs';

export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = () => chromium.launch({ executablePath, args });

// Against the document of the API, as the other tests' exchanges are. A stream has no end to wait for; what went with its page is not seen.
async function checkResponse(response) {
  const type = response.headers()['content-type'] ?? '';
  const request = response.request();
  const text = type.startsWith('text/event-stream') ? null : await response.text().catch(() => null);
  if (text === null) return;
  const sent = request.postData();
  const isJson = (request.headers()['content-type'] ?? '').startsWith('application/json');
  checkExchange(request.method(), response.url(), isJson && sent ? JSON.parse(sent) : unseen, { status: response.status(), type, text });
}

export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ locale: 'ru-RU', timezoneId: 'America/New_York', viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults = [];
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith('http://127.0.0.1') && !/^(data|blob):/.test(request.url())) faults.push(`foreign request: ${request.url()}`);
  });
  const note = (fault) => faults.includes(fault) || faults.push(fault);
  page.on('response', (response) => checkResponse(response).catch((failure) => note(failure.message)));
  page.on('response', async () => {
    const cookies = await context.cookies().catch(() => []); // the page may be gone by then
    for (const { name } of cookies) if (!isDeclared('cookie', name)) note(`undeclared cookie: ${name}`);
  });
  await page.exposeFunction('keptInBrowser', (key) => {
    if (!isDeclared('browser', key)) note(`undeclared key in the browser: ${key}`);
  });
  await page.addInitScript(() => {
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function keep(key, value) {
      void window.keptInBrowser(key);
      setItem.call(this, key, value);
    };
  });
  return { context, page, faults };
}
