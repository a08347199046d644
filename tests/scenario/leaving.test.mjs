// Clause 4.2: a person deletes their cabinet, takes it back, or is erased after the week, also through kills and a restore of
// older data; and the keys behind it: rotation, copies, checks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { NetSim } from './support/netsim.mjs';
import { png } from './support/png.mjs';
import { eventually, program, Server } from './support/server.mjs';

const password = 'four unrelated words here';
const guestPassword = 'some other unrelated words';

// How a week passes here, while the server is stopped.
const aWeekLater = (server) => server.change('update person set leaving_at = leaving_at - 700000000000 where leaving_at is not null');

const keys = async (server, ...command) => {
  const flags = server.database ? ['--database', server.cluster.address(server.database)] : [];
  return promisify(execFile)(program, ['keys', ...command, '--data', server.data, ...flags]).then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    (failure) => ({ code: failure.code, out: failure.stdout + failure.stderr }),
  );
};

// A server with its operator, and a guest with a project, an own page and an account in a network, who has published.
async function inhabited({ flags = [] } = {}) {
  const server = await Server.create({ flags });
  await server.start();
  await server.setUp({ name: 'Оператор', email: 'operator@example.org' });
  const operator = server.cookie;
  const invitation = await server.ok('POST', '/invitations', { project_id: null });
  server.cookie = null;
  await server.ok('POST', '/signup', {
    name: 'Гостья Канарейкина', email: 'guest@example.org', password: guestPassword, locale: 'ru',
    ...(await server.currentTexts()),
    invitation: invitation.link.split('/invite/')[1],
  });
  const guest = { cookie: server.cookie, id: (await server.ok('GET', '/session')).user.id };
  const project = server.project;
  server.project = (await server.ok('POST', '/projects', { name: 'Тайный проект', zone: 'Europe/Moscow' })).id;
  guest.project = server.project;
  return { server, operator, guest, operatorsProject: project, as: (cookie) => ((server.cookie = cookie), server) };
}

// The job erases beside everything else, a moment after the start.
const isErased = (server, person) => eventually('the person is erased', async () => (await server.count(`select count(*) from person where id=${person.id}`)) === 0);

const blobs = async (server) => (await readdir(path.join(server.data, 'media'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

test('a person leaves: nothing is published any more, the network forgets us, and after the week nothing of theirs is left', async () => {
  const sim = await NetSim.start();
  const { server, operator, guest, as } = await inhabited({ flags: sim.flags });
  try {
    const page = await server.ownPage('tainaya');
    const mastodon = await sim.connect(server, 'mastodon', 'canarymastodon');
    const file = await server.upload(png());
    const made = await server.publish(page, 'Вышло до ухода', { pictures: [{ file_id: file.id, alt: 'Склоны' }] });
    await server.delivery(made.id, ['published']);
    const later = await server.ok('POST', `/projects/${guest.project}/publications`, {
      account_ids: [mastodon.id], details: [{ account_id: null, text: 'Не должно выйти', pictures: [] }],
      when: { kind: 'at', wall_time: '2030-01-01T10:00', fold: null },
    });
    assert.equal((await server.call('POST', '/api/v1/me/leaving', { password: 'not my password at all' })).json.code, 'password.current_wrong');
    assert.equal((await server.call('GET', '/api/v1/me/leaving')).status, 404);

    const leaving = await server.call('POST', '/api/v1/me/leaving', { password: guestPassword });
    assert.equal(leaving.status, 202, leaving.text);
    assert.equal(Date.parse(leaving.json.erased_after) - Date.parse(leaving.json.leaving_at), 7 * 86_400_000);
    await eventually('the keys to the network are thrown away', async () => (await server.count('select count(*) from account where secrets is not null')) === 0, 20_000);
    assert.equal(await server.count(`select count(*) from disclosure where evidence='disconnect:${mastodon.id}'`), 1, 'the network was told goodbye, by the ledger');
    const accounts = (await server.ok('GET', `/projects/${guest.project}/accounts`)).items;
    assert.deepEqual(accounts.map((account) => [account.state, account.problem?.code]), [['needs_reconnect', 'account.owner_leaves'], ['needs_reconnect', 'account.owner_leaves']]);
    assert.equal((await fetch(`${server.url}/@tainaya`)).status, 410);

    // Taken back: everything is there, the own page works again, the network has to be connected anew.
    await server.ok('DELETE', '/me/leaving');
    assert.equal((await server.call('DELETE', '/api/v1/me/leaving')).json.code, 'person.not_leaving');
    const back = (await server.ok('GET', `/projects/${guest.project}/accounts`)).items;
    assert.deepEqual(back.map((account) => account.state).sort(), ['connected', 'needs_reconnect']);
    assert.equal((await server.publication(later.id)).details[0].text, 'Не должно выйти');

    await server.ok('POST', '/me/leaving', { password: guestPassword });
    await server.stop();
    await aWeekLater(server);
    await server.start();
    await isErased(server, guest);
    assert.equal((await server.call('GET', '/api/v1/session')).status, 401);
    for (const [table, condition] of [['person', `id=${guest.id}`], ['session', `user_id=${guest.id}`], ['project', `id=${guest.project}`], ['member', `user_id=${guest.id}`],
      ['account', `project_id=${guest.project}`], ['publication', `project_id=${guest.project}`], ['detail', `project_id=${guest.project}`], ['file', `project_id=${guest.project}`],
      ['delivery', `project_id=${guest.project}`], ['page_entry', '1=1'], ['page_picture', '1=1'], ['disclosure', `user_id=${guest.id}`]]) {
      assert.equal(await server.count(`select count(*) from ${table} where ${condition}`), 0, table);
    }
    assert.equal(await blobs(server), 0);
    assert.ok((await server.count(`select count(*) from acknowledgement where user_id=${guest.id}`)) > 0, 'proof stays, as a number');
    const acts = (await as(operator).ok('GET', '/destruction-acts')).items;
    assert.deepEqual(acts.map((act) => [act.subject, act.reason]), [['person', 'own_wish'], ['project', 'own_wish']]);
    assert.equal(acts[1].files, 1);
    assert.equal(acts[1].ended_rows.publication, 2);
    assert.ok(!JSON.stringify(acts).includes('Канарейкина'));
    // The address is free again, for a new person with a new number.
    assert.equal((await server.call('POST', '/api/v1/session', { email: 'guest@example.org', password: guestPassword })).json.code, 'signin.wrong');
  } finally {
    await server.remove();
    await sim.close();
  }
});

test('whoever owns what others work in hands it over first', async () => {
  const { server, operator, guest, as, operatorsProject } = await inhabited();
  try {
    const refused = await as(operator).call('POST', '/api/v1/me/leaving', { password });
    assert.equal(refused.json.code, 'person.last_operator');
    const invitation = await server.ok('POST', '/invitations', { project_id: operatorsProject });
    server.cookie = null;
    await server.ok('POST', '/signup', { name: 'Второй', email: 'second@example.org', password: guestPassword, locale: 'ru',
      ...(await server.currentTexts()),
      invitation: invitation.link.split('/invite/')[1] });
    const second = server.cookie;
    const secondId = (await server.ok('GET', '/session')).user.id;
    const members = `/projects/${operatorsProject}/members`;
    assert.equal((await server.call('PATCH', `/api/v1${members}/${secondId}`, { right: 'owner' })).json.code, 'right.owner');
    await as(operator).ok('PATCH', `${members}/${secondId}`, { right: 'owner' });
    const me = (await server.ok('GET', '/session')).user.id;
    await as(second).ok('PATCH', `${members}/${me}`, { right: 'editor' });
    assert.equal((await server.call('PATCH', `/api/v1${members}/${secondId}`, { right: 'editor' })).json.code, 'project.last_owner');
    const shared = await server.call('POST', '/api/v1/me/leaving', { password: guestPassword });
    assert.equal(shared.json.code, 'person.owns_shared_projects');
    assert.equal(shared.json.params.projects, String(operatorsProject));
    await server.ok('DELETE', `${members}/${me}`);
    assert.equal((await server.call('POST', '/api/v1/me/leaving', { password: guestPassword })).status, 202);
    assert.ok(guest.id);
  } finally {
    await server.remove();
  }
});

test('an erasure that is killed anywhere goes on after the restart', async () => {
  const points = ['leaving.after_publications:2', 'leaving.after_files:1', 'leaving.after_account:1', 'leaving.after_project_key:1', 'leaving.before_person_key:1', 'leaving.after_person_key:1'];
  const { server, operator, guest, as } = await inhabited();
  try {
    const page = await server.ownPage('tainaya');
    for (let n = 0; n < 25; n += 1) await server.publish(page, `Запись ${n}`);
    await server.upload(png());
    await eventually('all are published', async () => (await server.count("select count(*) from delivery where state='published'")) === 25);
    await server.ok('POST', '/me/leaving', { password: guestPassword });
    await server.stop();
    await aWeekLater(server);
    for (const point of points) {
      await server.start({ POSTMYPOST_FAULT: point });
      await server.ended;
      assert.equal(server.exited.signal, 'SIGKILL', point);
    }
    await server.start();
    await isErased(server, guest);
    for (const table of ['publication', 'detail', 'delivery', 'page_entry', 'file', 'account']) assert.equal(await server.count(`select count(*) from ${table}`), 0, table);
    assert.equal(await server.count(`select count(*) from person where id=${guest.id}`), 0);
    assert.equal(await blobs(server), 0);
    const acts = (await as(operator).ok('GET', '/destruction-acts')).items;
    assert.deepEqual(acts.filter((act) => act.subject === 'person').map((act) => [act.subject_id, act.reason]), [[guest.id, 'own_wish']]);
  } finally {
    await server.remove();
  }
});

test('a restore of older data does not bring an erased person back, and numbers are not given again', async () => {
  const { server, operator, guest, as } = await inhabited();
  const backup = await mkdtemp(path.join(os.tmpdir(), 'backup-'));
  try {
    const page = await server.ownPage('tainaya');
    const made = await server.publish(page, 'Было до ухода');
    await server.delivery(made.id, ['published']);
    await server.stop();
    await server.backUp(backup);
    await server.start();
    await server.ok('POST', '/me/leaving', { password: guestPassword });
    await server.stop();
    await aWeekLater(server);
    await server.start();
    await isErased(server, guest);
    await server.stop();
    await server.restore(backup);
    await server.start();
    assert.equal(await server.count(`select count(*) from person where id=${guest.id}`), 0);
    assert.equal(await server.count('select count(*) from publication'), 0);
    const acts = (await as(operator).ok('GET', '/destruction-acts')).items;
    assert.deepEqual([...new Set(acts.map((act) => act.reason))], ['after_restore']);
    const invitation = await server.ok('POST', '/invitations', { project_id: null });
    server.cookie = null;
    await server.ok('POST', '/signup', { name: 'Новая', email: 'guest@example.org', password: guestPassword, locale: 'ru',
      ...(await server.currentTexts()),
      invitation: invitation.link.split('/invite/')[1] });
    assert.ok((await server.ok('GET', '/session')).user.id > guest.id);
  } finally {
    await server.remove();
    await rm(backup, { recursive: true });
  }
});

test('keys get new versions while the server runs and is killed, and every value still opens', async () => {
  const { server, guest } = await inhabited();
  try {
    const page = await server.ownPage('tainaya');
    for (let n = 0; n < 20; n += 1) await server.publish(page, `Запись ${n}`, { when: { kind: 'draft' } });
    assert.deepEqual(await keys(server, 'check'), { code: 0, out: 'Every sealed value opens.\n' });
    await server.stop();
    for (const point of ['vault.next_master_made:1', 'vault.keys_wrapped_anew:1', 'vault.master_adopted:1', 'vault.versions_added:2']) {
      await server.start({ POSTMYPOST_FAULT: point });
      const command = point.includes('versions') ? 'rotate' : 'rotate-master';
      assert.notEqual((await keys(server, command)).code, 0);
      await server.ended;
      assert.equal(server.exited.signal, 'SIGKILL', point);
      await server.start();
      assert.deepEqual(await keys(server, 'check'), { code: 0, out: 'Every sealed value opens.\n' }, point);
      await server.stop();
    }
    await server.start();
    const key = await readFile(path.join(server.data, 'master.key'), 'utf8');
    assert.equal((await keys(server, 'rotate-master')).code, 0);
    assert.notEqual(await readFile(path.join(server.data, 'master.key'), 'utf8'), key);
    const copied = () => server.log.split('keys.copied').length;
    const before = copied();
    assert.equal((await keys(server, 'rotate')).code, 0);
    await eventually('the new versions are in a copy', () => copied() > before);
    await eventually('the data has moved', () => server.log.includes('keys.data_moved'));
    await server.ok('GET', '/session');
    assert.equal((await server.ok('GET', `/projects/${guest.project}`)).name, 'Тайный проект');
    await server.stop();
    const copies = (await readdir(path.join(server.data, 'key-copies'))).filter((name) => name.endsWith('.sqlite'));
    assert.equal(copies.length, 1, 'of one day the newest is kept');
    const restored = await keys(server, 'restore', path.join(server.data, 'key-copies', copies.sort().at(-1)));
    assert.equal(restored.code, 0, restored.out);
    assert.deepEqual(await keys(server, 'check'), { code: 0, out: 'Every sealed value opens.\n' });
  } finally {
    await server.remove();
  }
});

test('a value that was moved to another row is told as such, and nothing else is lost', async () => {
  const { server } = await inhabited();
  try {
    await server.stop();
    await server.change('update project set name = (select name from project order by id limit 1)');
    await server.start();
    const list = await server.call('GET', '/api/v1/projects');
    assert.equal(list.status, 503);
    assert.equal(list.json.code, 'data.unreadable');
    const check = await keys(server, 'check');
    assert.equal(check.code, 1);
    assert.match(check.out, /project\.name of row/);
    assert.equal((await server.call('GET', '/api/v1/me/sessions')).status, 200);
  } finally {
    await server.remove();
  }
});
