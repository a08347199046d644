// What changes is shown as it happens, in every tab, over one stream of the server for the whole browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, Server } from '../scenario/support/server.mjs';
import { launch, openPage } from './support.mjs';

let server, browser, world, page;
const SOONER = 8_000; // than a page looks by itself: 10 s without the stream, 60 s with it

before(async () => {
  server = await Server.create();
  await server.start();
  await server.setUp();
  page = await server.ownPage();
  browser = await launch();
  world = await openPage(browser, { locale: 'ru-RU' });
});
after(async () => {
  assert.deepEqual(world?.faults, []);
  await browser?.close();
  await server?.remove();
});

test('a publication of somebody else appears in two tabs at once, which share one stream; the stream goes on with the other tab', async () => {
  const { context } = world;
  const [name, value] = server.cookie.split('=');
  await context.addCookies([{ name, value, url: server.url }]);
  const listeners = []; // the tabs that opened a stream, in their order
  context.on('request', (request) => request.url().endsWith('/api/v1/events') && listeners.push(request.frame().page()));
  const tabs = [world.page, await context.newPage()];
  for (const tab of tabs) await tab.goto(`${server.url}/p/${server.project}/calendar`);
  await eventually('the stream is open', () => listeners.length === 1);
  await server.publish(page, 'Видно сразу');
  for (const tab of tabs) await tab.getByText('Видно сразу').first().waitFor({ timeout: SOONER });
  assert.equal(listeners.length, 1, 'one stream for both tabs');
  const left = tabs.find((tab) => tab !== listeners[0]);
  await listeners[0].close();
  await eventually('the other tab listens', () => listeners[1] === left, 20_000);
  await server.publish(page, 'И во второй');
  await left.getByText('И во второй').first().waitFor({ timeout: SOONER });
});
