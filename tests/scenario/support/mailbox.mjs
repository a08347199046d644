// A mail server of the operator's: the real npm `smtp-server` with a certificate made for the test, and a box that keeps what arrives.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { eventually } from './server.mjs';

export const sender = 'post@post.example.org';
export const user = 'postmypost';
export const secret = 'a relay’s secret: пароль 7';

// A certificate for 127.0.0.1 that vouches for itself; nothing of it outlives the test.
export class Certificate {
  constructor(name = 'IP:127.0.0.1') {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'postmypost-mail-'));
    this.file = path.join(this.folder, 'cert.pem');
    const key = path.join(this.folder, 'key.pem');
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=relay', '-addext', `subjectAltName=${name}`, '-keyout', key, '-out', this.file], { stdio: 'ignore' });
    this.key = readFileSync(key);
    this.cert = readFileSync(this.file);
  }
  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const failure = (code) => Object.assign(new Error('No'), { responseCode: code });

export class Mailbox {
  constructor(certificate, options = {}) {
    this.certificate = certificate;
    this.options = options; // of smtp-server
    this.letters = []; // { from, to, raw, user, secure }
    this.commands = []; // what was said of people: 'AUTH', 'MAIL', 'RCPT'
    this.answers = {}; // stage ('mail', 'rcpt', 'data') -> code of a refusal
    this.hold = null; // a promise that the answer to a text waits for
  }

  async open(port = 0) {
    const { key, cert } = this.certificate;
    this.server = new SMTPServer({
      key, cert, authMethods: ['PLAIN', 'LOGIN'], authOptional: true, disableReverseLookup: true, closeTimeout: 100, ...this.options,
      onAuth: (auth, session, done) => {
        this.commands.push('AUTH');
        done(...(auth.username === user && auth.password === secret ? [null, { user }] : [failure(535)]));
      },
      onMailFrom: (address, session, done) => {
        this.commands.push('MAIL');
        done(this.answers.mail ? failure(this.answers.mail) : null);
      },
      onRcptTo: (address, session, done) => {
        this.commands.push('RCPT');
        done(this.answers.rcpt ? failure(this.answers.rcpt) : null);
      },
      onData: (stream, session, done) => void this.#take(stream, session, done),
    });
    this.server.on('error', () => {}); // a client that is killed
    this.server.listen(port, '127.0.0.1');
    await once(this.server.server, 'listening');
    this.port = this.server.server.address().port;
    return this;
  }

  async #take(stream, session, done) {
    const pieces = [];
    for await (const piece of stream) pieces.push(piece);
    const { mailFrom, rcptTo } = session.envelope;
    if (!this.answers.data) this.letters.push({ from: mailFrom.address, to: rcptTo.map((one) => one.address), raw: Buffer.concat(pieces), user: session.user, secure: session.secure });
    if (this.hold) await this.hold;
    done(this.answers.data ? failure(this.answers.data) : null);
  }

  close() {
    return new Promise((resolve) => this.server.close(resolve));
  }

  // The letters to an address, once there are so many.
  arrived(to, count = 1, ms) {
    return eventually(`${count} letters for ${to}`, () => {
      const found = this.letters.filter((one) => one.to.includes(to)).map((one) => ({ ...one, ...parse(one.raw) }));
      return found.length >= count && found;
    }, ms);
  }
}

// Words of other alphabets in a header (RFC 2047), encoded by base64.
const words = (text) =>
  text.replace(/\?=\s+=\?/g, '?==?').replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, code) => `\0${code}\0`).replace(/\0([^\0]*)\0/g, (_, code) => Buffer.from(code, 'base64').toString());

// A letter as its reader sees it, by another hand than the program's: { headers, text }.
export function parse(raw) {
  const whole = raw.toString('latin1');
  const [head, ...rest] = whole.split('\r\n\r\n');
  const headers = Object.fromEntries(head.replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((line) => {
    const [, name, value] = /^([!-9;-~]+): (.*)$/.exec(line);
    return [name.toLowerCase(), words(value)];
  }));
  const body = rest.join('\r\n\r\n').replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return { headers, text: Buffer.from(body, 'latin1').toString().replace(/\r\n/g, '\n') };
}

export const linkIn = (letter) => /^(https?:\/\/\S+)#token=([\w-]{43})$/m.exec(letter.text);
