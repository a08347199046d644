// Letters (clauses 2.2.1, 2.2.3, 3.2.2): an address is confirmed by a link, a password is set anew by one, and what stands between the
// server and the mail server of its operator may break in every way.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Certificate, linkIn, Mailbox, parse, secret, sender, user } from './support/mailbox.mjs';
import { findBelow } from './support/canaries.mjs';
import { eventually, program, Server, sleep } from './support/server.mjs';

const password = 'four unrelated words here';
const another = 'quite another long phrase';
const onPostgresql = process.env.POSTMYPOST_TEST_STORE === 'postgresql';

let certificate;
let mailbox;
let server;
let passwordFile;
let peer = 0;

// Everybody comes from an address of their own, so that nobody waits for what others tried.
const from = () => ({ 'X-Forwarded-For': `198.51.100.${(peer = (peer % 250) + 1)}` });
const somebody = (who) => {
  const one = new Server(who.data, who.port, who.flags);
  const call = one.call.bind(one);
  one.call = (method, route, body, headers) => call(method, route, body, { ...from(), ...headers });
  return one;
};
const signUp = async (email, words = password, name = 'Гость Почтов') =>
  somebody(server).call('POST', '/api/v1/signup/letter', { name, email, password: words, locale: 'ru', ...(await server.currentTexts()) });
const plain = (answer) => [answer.status, answer.text];
const relayFlags = (box, more = []) => ['--mail-relay', `smtp://127.0.0.1:${box.port}`, '--mail-sender', sender, '--mail-ca-file', certificate.file, ...more];
const mail = () => server.ok('GET', '/instance/mail');

before(async () => {
  certificate = new Certificate();
  mailbox = await new Mailbox(certificate).open();
  passwordFile = path.join(certificate.folder, 'password');
  writeFileSync(passwordFile, `${secret}\n`, { mode: 0o400 });
  server = await Server.create({ flags: [] });
  server.flags.push('--trusted-proxy', '127.0.0.1', ...relayFlags(mailbox, ['--mail-user', user, '--mail-password-file', passwordFile]));
  await server.start();
  assert.equal(server.exited, null, server.log);
  await server.setUp({ name: 'Оператор', email: 'operator@example.org', operator_name: 'Обжарка «Сойка»' });
  await server.ok('PATCH', '/instance', { mode: 'open' });
});
after(async () => {
  await server?.remove();
  await mailbox?.close();
  certificate?.remove();
});

test('a combination of options that can’t work is refused in words before anything is opened', { timeout: 60_000 }, async () => {
  const open = path.join(certificate.folder, 'open');
  writeFileSync(open, 'x');
  chmodSync(open, 0o444);
  const cases = [
    [['--mail-sender', sender], /but no relay/],
    [['--mail-relay', 'smtp://relay.example.org'], /address that letters come from/],
    [['--mail-relay', 'http://relay.example.org', '--mail-sender', sender], /must be smtp:/],
    [['--mail-relay', 'smtp://me:word@relay.example.org', '--mail-sender', sender], /must be smtp:/],
    [['--mail-relay', 'smtp-plain://relay.example.org', '--mail-sender', sender], /without encryption only/],
    [['--mail-relay', 'smtp://relay.example.org', '--mail-sender', 'Post <post@example.org>'], /one address/],
    [['--mail-relay', 'smtp://relay.example.org', '--mail-sender', sender, '--mail-user', 'me'], /belong together/],
    [['--mail-relay', 'smtp://relay.example.org', '--mail-sender', sender, '--mail-user', 'me', '--mail-password-file', '/nowhere'], /can't be read/],
    [['--mail-relay', 'smtp://relay.example.org', '--mail-sender', sender, '--mail-user', 'me', '--mail-password-file', open], /Everybody on this machine/],
    [['--mail-relay', 'smtp://relay.example.org', '--mail-sender', sender, '--mail-ca-file', '/nowhere'], /certificates/],
  ];
  for (const [flags, words] of cases) {
    const run = promisify(execFile)(program, ['serve', '--data', path.join(certificate.folder, 'never'), '--listen', '127.0.0.1:0', ...flags], { timeout: 10_000 });
    await assert.rejects(run, (failure) => failure.code === 1 && words.test(failure.stderr), flags.join(' '));
  }
});

test('whoever signs up gets a letter, its link and the password let them in, and they may plan', async () => {
  assert.equal((await server.ok('GET', '/instance')).letters, true);
  const refused = await somebody(server).call('POST', '/api/v1/signup', { name: 'Гость', email: 'guest@example.org', password, locale: 'ru', ...(await server.currentTexts()) });
  assert.equal(refused.json.code, 'signup.by_letter');
  const made = await signUp('guest@example.org');
  assert.deepEqual(plain(made), [202, '']);
  assert.equal(made.headers.get('set-cookie'), null, 'nobody is signed in by it');

  const [letter] = await mailbox.arrived('guest@example.org');
  assert.deepEqual([letter.from, letter.user, letter.secure], [sender, user, true]);
  assert.equal(letter.headers.subject, 'Подтвердите адрес почты');
  assert.equal(letter.headers.from, `Обжарка «Сойка» <${sender}>`);
  assert.equal(letter.headers.to, '<guest@example.org>');
  assert.match(letter.headers['message-id'], /^<[\w-]{22}@127\.0\.0\.1>$/);
  assert.ok(Math.abs(Date.parse(letter.headers.date) - Date.now()) < 60_000);
  assert.equal(letter.headers['content-transfer-encoding'], 'quoted-printable');
  assert.ok(letter.raw.toString('latin1').split('\r\n').every((line) => line.length <= 76 && !/[^\x20-\x7e]/.test(line)), 'short lines of ASCII');
  assert.equal(letter.text.includes('Гость Почтов'), false, 'no name');
  const [, page, token] = linkIn(letter);
  assert.equal(page, `${server.url}/confirm`);

  const guest = somebody(server);
  const wrong = await guest.call('POST', '/api/v1/session', { email: 'guest@example.org', password });
  const nobody = await guest.call('POST', '/api/v1/session', { email: 'nobody@example.org', password });
  const same = ({ request_id, ...rest }) => rest;
  assert.deepEqual(same(wrong.json), same(nobody.json), 'signing in does not tell that the address waits');
  assert.equal((await guest.call('POST', '/api/v1/confirmations', { token, password: another })).json.code, 'password.current_wrong');
  assert.equal((await guest.call('POST', '/api/v1/confirmations', { token: token.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), password })).status, 410);
  assert.equal((await guest.call('POST', '/api/v1/password', { token, password: another })).status, 410, 'a link is for one thing');

  const session = await guest.ok('POST', '/confirmations', { token, password });
  assert.equal(session.user.email_confirmed_by, 'link');
  assert.equal((await somebody(server).call('POST', '/api/v1/confirmations', { token, password })).json.code, 'link.unusable', 'once');
  guest.project = (await guest.ok('POST', '/projects', { name: 'Гостевой', zone: 'UTC' })).id;
  const own = await guest.ownPage('gost');
  await guest.delivery((await guest.publish(own, 'Первый пост')).id, ['published']);

  const passed = (await guest.ok('GET', '/me/disclosures')).items.filter((row) => row.kind === 'letter');
  assert.deepEqual(passed.map((row) => [row.host, row.what, row.purpose, row.clause, row.outcome]), [['127.0.0.1', ['email', 'letter'], 'identify', '3.2.2', 'delivered']]);
});

test('an address that is known gets the same answer, and its person is told', async () => {
  const fresh = await signUp('fresh@example.org');
  const known = await signUp('operator@example.org', another, 'Чужой');
  assert.deepEqual(plain(known), plain(fresh));
  const [letter] = await mailbox.arrived('operator@example.org');
  assert.match(letter.headers.subject, /пробовали зарегистрироваться/);
  assert.equal(linkIn(letter), null);
  assert.equal((await server.ok('GET', '/session')).user.name, 'Оператор');
  // Somebody else signs up with an address that waits: the link opens with the password of the newer one only.
  const [first] = await mailbox.arrived('fresh@example.org');
  await signUp('fresh@example.org', another, 'Хозяйка адреса');
  const [, second] = await mailbox.arrived('fresh@example.org', 2);
  assert.equal((await somebody(server).call('POST', '/api/v1/confirmations', { token: linkIn(first)[2], password })).json.code, 'password.current_wrong');
  const owner = somebody(server);
  assert.equal((await owner.ok('POST', '/confirmations', { token: linkIn(second)[2], password: another })).user.name, 'Хозяйка адреса');
  assert.equal((await somebody(server).call('POST', '/api/v1/confirmations', { token: linkIn(first)[2], password: another })).status, 410, 'the other link ended with it');
});

test('a letter is sent again on request, three times an hour, and nobody learns for whom', async () => {
  const again = (email) => somebody(server).call('POST', '/api/v1/confirmations/letter', { email });
  await signUp('again@example.org');
  const answers = [];
  for (const email of ['again@example.org', 'again@example.org', 'again@example.org', 'nobody@example.org', 'guest@example.org']) answers.push(plain(await again(email)));
  assert.deepEqual(new Set(answers.map(String)).size, 1);
  await mailbox.arrived('again@example.org', 3);
  await eventually('nothing waits', async () => (await mail()).waiting === 0);
  assert.equal(mailbox.letters.filter((one) => one.to.includes('again@example.org')).length, 3);
  assert.equal(mailbox.letters.some((one) => one.to.includes('nobody@example.org')), false);
  assert.ok((await mail()).asked_today >= 9);
});

test('a link is good for a day', async () => {
  await signUp('late@example.org');
  const [letter] = await mailbox.arrived('late@example.org');
  await eventually('nothing waits', async () => (await mail()).waiting === 0);
  await server.stop();
  await server.change('update letter_link set expires_at = 1 where used_at is null');
  await server.start();
  assert.equal((await somebody(server).call('POST', '/api/v1/confirmations', { token: linkIn(letter)[2], password })).json.code, 'link.unusable');
});

test('a forgotten password is set anew by a link, which ends all sessions, and unknown addresses get the same answer', async () => {
  const guest = somebody(server);
  await guest.ok('POST', '/session', { email: 'guest@example.org', password });
  const known = await somebody(server).call('POST', '/api/v1/password/letter', { email: 'Guest@example.org' });
  const unknown = await somebody(server).call('POST', '/api/v1/password/letter', { email: 'nobody@example.org' });
  assert.deepEqual(plain(known), plain(unknown));
  const letter = (await mailbox.arrived('guest@example.org', 2)).at(-1);
  const [, page, token] = linkIn(letter);
  assert.equal(page, `${server.url}/new-password`);
  const set = (words) => somebody(server).call('POST', '/api/v1/password', { token, password: words });
  assert.equal((await set('short')).json.code, 'password.too_short');
  assert.equal((await somebody(server).call('POST', '/api/v1/confirmations', { token, password })).status, 410, 'it confirms nothing by itself');
  assert.equal((await set(another)).status, 204);
  assert.equal((await set('a third long phrase of words')).status, 410, 'once');
  assert.equal((await guest.call('GET', '/api/v1/session')).status, 401);
  assert.equal((await somebody(server).call('POST', '/api/v1/session', { email: 'guest@example.org', password })).status, 401);
  assert.equal((await somebody(server).call('POST', '/api/v1/session', { email: 'guest@example.org', password: another })).status, 201);
});

test('another address takes effect when its link is opened, the old one is told, and a taken one gets the same answer', async () => {
  const guest = somebody(server);
  await guest.ok('POST', '/session', { email: 'guest@example.org', password: another });
  const ask = (email) => guest.call('POST', '/api/v1/me/email', { email, password: another });
  const taken = await ask('operator@example.org');
  const free = await ask('moved@example.org');
  const shape = ({ status, json }) => [status, { ...json, email_awaited: typeof json.email_awaited }];
  assert.deepEqual(shape(taken), shape(free));
  assert.deepEqual([free.status, free.json.email, free.json.email_awaited], [202, 'guest@example.org', 'moved@example.org']);
  await mailbox.arrived('operator@example.org', 2);
  const [letter] = await mailbox.arrived('moved@example.org');
  assert.equal((await somebody(server).call('POST', '/api/v1/session', { email: 'moved@example.org', password: another })).status, 401, 'not yet');
  const opened = somebody(server);
  const { user: moved } = await opened.ok('POST', '/confirmations', { token: linkIn(letter)[2], password: another });
  assert.deepEqual([moved.email, moved.email_confirmed_by, moved.email_awaited], ['moved@example.org', 'link', null]);
  assert.equal((await guest.call('GET', '/api/v1/session')).status, 401, 'other sessions ended');
  const told = (await mailbox.arrived('guest@example.org', 3)).at(-1);
  assert.equal(told.headers.subject, 'Адрес почты изменён');
  assert.equal(told.text.includes('moved@example.org'), false, 'the new address is nobody’s business there');
});

test('a relay that is away or says “later” gets the letter later, once', { timeout: 60_000 }, async () => {
  const { port } = mailbox;
  await mailbox.close();
  await signUp('patient@example.org');
  await eventually('it was tried', async () => (await mail()).problem === 'unreachable');
  await mailbox.open(port);
  mailbox.answers = { rcpt: 451 };
  await eventually('it was put off', async () => (await mail()).problem === 'answer_451');
  mailbox.answers = { data: 452 };
  await eventually('it was put off at its end', async () => (await mail()).problem === 'answer_452');
  mailbox.answers = {};
  await mailbox.arrived('patient@example.org');
  await eventually('nothing waits', async () => (await mail()).waiting === 0);
  await sleep(1000);
  assert.equal(mailbox.letters.filter((one) => one.to.includes('patient@example.org')).length, 1);
});

test('what the relay refuses for good ends, and the operator is told', async () => {
  const before = await mail();
  mailbox.answers = { rcpt: 550 };
  await signUp('refused@example.org');
  await eventually('it ended', async () => (await mail()).refused === before.refused + 1);
  mailbox.answers = {};
  assert.deepEqual([(await mail()).problem, (await mail()).waiting], ['answer_550', 0]);
  const tries = mailbox.commands.length;
  await sleep(1000);
  assert.equal(mailbox.commands.length, tries, 'it is not tried again');
});

test('killed while the answer is awaited, it sends the letter again under the same number and says that it does not know', { timeout: 60_000 }, async () => {
  let release;
  mailbox.hold = new Promise((resolve) => (release = resolve));
  await signUp('twice@example.org');
  await mailbox.arrived('twice@example.org');
  await server.stop('SIGKILL');
  mailbox.hold = null;
  release();
  await server.start();
  const both = await mailbox.arrived('twice@example.org', 2);
  assert.equal(both[0].headers['message-id'], both[1].headers['message-id']);
  assert.equal(both[0].text, both[1].text, 'the link is the same one');
  await eventually('nothing waits', async () => (await mail()).waiting === 0);
  const guest = somebody(server);
  await guest.ok('POST', '/confirmations', { token: linkIn(both[1])[2], password });
  const rows = (await guest.ok('GET', '/me/disclosures')).items.filter((row) => row.kind === 'letter');
  assert.deepEqual(rows.map((row) => row.outcome), ['delivered', 'unknown']);
  await sleep(1000);
  assert.equal(mailbox.letters.filter((one) => one.to.includes('twice@example.org')).length, 2);
});

test('the operator sees the relay and tries it', async () => {
  const view = await mail();
  assert.deepEqual([view.relay, view.sender, view.encrypted, view.signs_in], [`smtp://127.0.0.1:${mailbox.port}`, sender, true, true]);
  assert.equal((await server.call('POST', '/api/v1/instance/mail/test')).status, 202);
  const letter = (await mailbox.arrived('operator@example.org', 3)).at(-1);
  assert.equal(letter.headers.subject, 'Проверочное письмо');
  const guest = somebody(server);
  await guest.ok('POST', '/session', { email: 'twice@example.org', password });
  for (const [method, route] of [['GET', '/api/v1/instance/mail'], ['POST', '/api/v1/instance/mail/test']]) assert.equal((await guest.call(method, route)).status, 403);
});

test('notices come by letter to who wants them, and end at one click', { timeout: 60_000 }, async () => {
  const guest = somebody(server);
  await guest.ok('POST', '/session', { email: 'twice@example.org', password });
  assert.deepEqual(await guest.ok('GET', '/me/letters'), { notices: false });
  assert.deepEqual(await guest.ok('PUT', '/me/letters', { notices: true }), { notices: true });
  const ask = async (text) => {
    const ticket = await guest.ok('POST', '/me/tickets', { topic: 'fault', text });
    await server.ok('POST', `/support/tickets/${ticket.id}/messages`, { text: 'Ответ, которого нет в письме' });
  };
  await ask('Первый вопрос');
  const letter = (await mailbox.arrived('twice@example.org', 3)).at(-1);
  assert.equal(letter.headers.subject, 'Есть новое в личном кабинете');
  assert.match(letter.text, /^- ответ службы поддержки$/m);
  assert.equal(/Первый вопрос|которого нет/.test(letter.text), false, 'nothing of what it is about');
  assert.equal(letter.headers['list-unsubscribe-post'], 'List-Unsubscribe=One-Click');
  const [, address] = /^<(.*)>$/.exec(letter.headers['list-unsubscribe']);
  assert.ok(address.startsWith(`${server.url}/unsubscribe?token=`));
  // As a program of a mail provider does it: no cookie, none of our headers.
  const ended = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' });
  assert.equal(ended.status, 200);
  assert.deepEqual(await guest.ok('GET', '/me/letters'), { notices: false });
  assert.equal(server.log.includes(new URL(address).searchParams.get('token')), false);
  await guest.ok('PUT', '/me/letters', { notices: true });
  assert.equal((await somebody(server).call('POST', '/api/v1/letters/unsubscribe', { token: new URL(address).searchParams.get('token') })).status, 204);
  assert.deepEqual(await guest.ok('GET', '/me/letters'), { notices: true }, 'a link of before does not end what was chosen since');
  await guest.ok('PUT', '/me/letters', { notices: false });
});

test('no file holds an address, a link or the relay’s password', async () => {
  if (onPostgresql) return; // the files of SQLite are read
  const tokens = mailbox.letters.map((one) => linkIn(parse(one.raw))?.[2]).filter(Boolean);
  assert.ok(tokens.length > 5);
  assert.deepEqual(findBelow([server.data], ['twice@example.org', 'moved@example.org', 'refused@example.org', secret, ...tokens.slice(-4)]), []);
  assert.equal([...tokens, 'example.org'].some((text) => server.log.includes(text)), false);
});

// A second server beside this relay, until its first letter has failed.
async function problemWith(box, flags) {
  const other = await Server.create({ flags });
  try {
    await other.start();
    assert.equal(other.exited, null, other.log);
    await other.setUp({ email: 'operator@example.org' });
    await other.ok('POST', '/instance/mail/test');
    return await eventually('it was tried', async () => (await other.ok('GET', '/instance/mail')).problem);
  } finally {
    await other.remove();
  }
}

test('a server that does not offer STARTTLS, or shows another certificate, gets nothing', { timeout: 60_000 }, async () => {
  const stripped = await new Mailbox(certificate, { hideSTARTTLS: true, allowInsecureAuth: true }).open();
  const foreign = new Certificate();
  const elsewhere = new Certificate('DNS:relay.example.org');
  const unknown = await new Mailbox(foreign).open();
  const misnamed = await new Mailbox(elsewhere).open();
  try {
    const login = ['--mail-user', user, '--mail-password-file', passwordFile];
    assert.equal(await problemWith(stripped, relayFlags(stripped, login)), 'tls');
    assert.equal(await problemWith(unknown, relayFlags(unknown, login)), 'tls');
    assert.equal(await problemWith(misnamed, ['--mail-relay', `smtp://127.0.0.1:${misnamed.port}`, '--mail-sender', sender, '--mail-ca-file', elsewhere.file, ...login]), 'tls');
    for (const box of [stripped, unknown, misnamed]) assert.deepEqual([box.commands, box.letters], [[], []]);
  } finally {
    for (const box of [stripped, unknown, misnamed]) await box.close();
    for (const one of [foreign, elsewhere]) one.remove();
  }
});

test('TLS from the first byte works too, plain goes to this machine only, and a wrong password of the relay is not the letter’s end', { timeout: 60_000 }, async () => {
  const secure = await new Mailbox(certificate, { secure: true }).open();
  const open = await new Mailbox(certificate, { hideSTARTTLS: true, allowInsecureAuth: true }).open();
  const wrong = path.join(certificate.folder, 'wrong');
  writeFileSync(wrong, 'not this one\n', { mode: 0o400 });
  try {
    for (const [box, scheme] of [[secure, 'smtps'], [open, 'smtp-plain']]) {
      const other = await Server.create({ flags: ['--mail-relay', `${scheme}://127.0.0.1:${box.port}`, '--mail-sender', sender, '--mail-ca-file', certificate.file] });
      await other.start();
      await other.setUp({ email: 'operator@example.org' });
      await other.ok('POST', '/instance/mail/test');
      const [letter] = await box.arrived('operator@example.org');
      assert.equal(letter.secure, scheme === 'smtps');
      await other.remove();
    }
    assert.equal(await problemWith(secure, ['--mail-relay', `smtps://127.0.0.1:${secure.port}`, '--mail-sender', sender, '--mail-ca-file', certificate.file, '--mail-user', user, '--mail-password-file', wrong]), 'login');
  } finally {
    await secure.close();
    await open.close();
  }
});

test('without a relay no letter is offered', async () => {
  const other = await Server.create();
  try {
    await other.start();
    await other.setUp();
    assert.equal((await other.ok('GET', '/instance')).letters, false);
    assert.equal((await other.ok('GET', '/instance/mail')).relay, null);
    for (const [route, body] of [['/password/letter', { email: 'a@example.org' }], ['/instance/mail/test', undefined], ['/me/email/letter', undefined]]) {
      assert.equal((await other.call('POST', `/api/v1${route}`, body)).json.code, 'letter.none');
    }
  } finally {
    await other.remove();
  }
});
