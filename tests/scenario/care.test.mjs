// Notices and support as people meet them: the bell, tickets, and an operator who sees a project only under a ticket.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTelegram, token } from '../networks/telegram.mjs';
import { Server } from './support/server.mjs';

let server; // the operator
let anna;
let bot;
before(async () => {
  bot = await startTelegram();
  server = await Server.create({ flags: ['--telegram-base', bot.url, '--egress-allow', `127.0.0.1:${bot.port}`] });
  await server.start();
  await server.setUp();
  const invitation = await server.ok('POST', '/invitations', {});
  anna = new Server(server.data, server.port, []);
  await anna.ok('POST', '/signup', {
    name: 'Анна', email: 'anna@example.org', password: 'entirely different words', locale: 'ru', ...(await server.currentTexts()),
    invitation: invitation.link.split('/').pop(),
  });
  anna.project = (await anna.ok('POST', '/projects', { name: 'Тайный проект', zone: 'UTC' })).id;
});
after(async () => {
  await server.remove();
  await bot.close();
});

test('doubts, refusals and a lost account ring the bell of their project, what went well does not, and nobody else hears it', async () => {
  const account = await anna.connect({ channel: 'telegram', token, chat: '@soyka_coffee' });
  const ring = async (text, fault, state, kind) => {
    if (fault) bot.fault('sendMessage', fault.act, fault);
    const made = await anna.publish(account, text);
    await anna.delivery(made.id, [state]);
    const [newest] = (await anna.ok('GET', '/me/notices')).items;
    if (kind) assert.deepEqual([newest.kind, newest.publication_id, newest.project_id], [kind, made.id, anna.project]);
    return newest;
  };
  assert.equal(await ring('Вышел', undefined, 'published'), undefined);
  const doubt = await ring('Ответ потерян', { act: 'drop_after' }, 'held', 'doubt');
  await ring('Отказ', { act: 'status', status: 400 }, 'failed', 'failure');
  const lost = await ring('Доступ отозван', { act: 'status', status: 401 }, 'held', 'account_lost');
  assert.equal(lost.account_id, account.id);
  assert.equal((await anna.ok('GET', '/me/notices/count')).unseen, 3);
  assert.equal((await anna.ok('POST', '/me/notices/seen', { until: doubt.id })).unseen, 2);
  assert.equal((await anna.ok('POST', '/me/notices/seen', { until: lost.id })).unseen, 0);
  assert.deepEqual(await server.ok('GET', '/me/notices/count'), { unseen: 0 }, 'the operator is no member of it');
  assert.equal((await anna.call('GET', '/api/v1/me/notices?cursor=nonsense')).json.code, 'notices.cursor');
});

test('a question gets its answer in the ticket and in the bell; nobody else sees it', async () => {
  const ticket = await anna.ok('POST', '/me/tickets', { topic: 'policy', clause: '3.2.4', text: 'Кто видел мои данные?' });
  assert.equal(ticket.state, 'open');
  assert.equal(Math.round((new Date(ticket.due_at) - new Date(ticket.opened_at)) / 86_400_000), 10);

  const [notice] = (await server.ok('GET', '/me/notices')).items;
  assert.deepEqual([notice.kind, notice.ticket_id], ['ticket_opened', ticket.id]);
  const [queued] = (await server.ok('GET', '/support/tickets')).items;
  assert.deepEqual([queued.id, queued.person], [ticket.id, 'Анна']);
  assert.equal((await server.ok('GET', `/support/tickets/${ticket.id}`)).messages[0].text, 'Кто видел мои данные?');
  await server.ok('POST', `/support/tickets/${ticket.id}/messages`, { text: 'Никто.' });

  assert.equal((await anna.ok('GET', '/me/notices/count')).unseen, 1);
  const [answered] = (await anna.ok('GET', '/me/notices')).items;
  assert.deepEqual([answered.kind, answered.seen], ['ticket_answered', false]);
  assert.equal((await anna.ok('POST', '/me/notices/seen', { until: answered.id })).unseen, 0);
  const story = await anna.ok('GET', `/me/tickets/${ticket.id}`);
  assert.deepEqual(story.messages.map((one) => [one.side, one.text]), [['person', 'Кто видел мои данные?'], ['support', 'Никто.']]);

  assert.equal((await server.call('GET', `/api/v1/me/tickets/${ticket.id}`)).status, 404, 'the operator is no party to it in their own cabinet');
  assert.equal((await anna.call('GET', '/api/v1/support/tickets')).json.code, 'right.operator');
});

test('an operator without a ticket finds no project, with one reads it for a time and changes nothing, and its owner sees the days', async () => {
  const page = await anna.ownPage('anna');
  const made = await anna.publish(page, 'Виден только по обращению');
  const { id: ticket } = await anna.ok('POST', '/me/tickets', { topic: 'fault', text: 'Посмотрите мой проект' });
  const at = (route, number = ticket) => `/api/v1/projects/${anna.project}${route}${number === null ? '' : `?ticket=${number}`}`;
  const status = async (route, number) => (await server.call('GET', at(route, number))).status;

  assert.equal(await status(''), 404);
  const story = await anna.ok('POST', `/me/tickets/${ticket}/access`, { project_id: anna.project, days: 3 });
  assert.deepEqual([story.access[0].open, story.access[0].days], [true, []]);
  assert.equal(await status('', null), 404, 'only under the ticket');
  assert.equal(await status('', ticket + 1), 404, 'only under this ticket');
  assert.equal(await status(''), 200);
  for (const route of ['/accounts', '/publications', `/publications/${made.id}`, '/members', '/pulse']) assert.equal(await status(route), 200, route);
  for (const [method, route] of [['PATCH', ''], ['POST', '/publications'], ['DELETE', `/publications/${made.id}`], ['POST', '/accounts'], ['DELETE', `/accounts/${page.id}`]]) {
    assert.equal((await server.call(method, at(route), method === 'DELETE' ? undefined : {})).status, 404, `${method} ${route}`);
  }
  assert.equal((await anna.call('GET', `/api/v1/projects/${server.project}?ticket=${ticket}`)).status, 404, 'a ticket opens nothing to a person');

  const seen = (await anna.ok('GET', `/me/tickets/${ticket}`)).access[0];
  assert.equal(seen.days.length, 1, 'one row for the day');
  const ended = await anna.ok('DELETE', `/me/tickets/${ticket}/access/${seen.id}`);
  assert.equal(ended.access[0].open, false);
  assert.equal(await status(''), 404);

  await anna.ok('POST', `/me/tickets/${ticket}/access`, { project_id: anna.project, days: 1 });
  assert.equal(await status('/publications'), 200);
  await anna.ok('POST', `/me/tickets/${ticket}/close`);
  assert.equal(await status('/publications'), 404, 'a closed ticket ends access');
  assert.equal((await anna.call('POST', `/api/v1/me/tickets/${ticket}/messages`, { text: 'ещё' })).json.code, 'ticket.closed');
});
