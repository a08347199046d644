// A stand-in of the Telegram Bot API (core.telegram.org/bots/api): answers what our connector asks, refuses what Telegram would
// refuse. With ../shared it also checks every parameter against the machine-readable description of the whole API.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { StandIn, hasSpecs, parseMultipart, specs } from './standin.mjs';

export const token = '123456:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefgh';
export const channel = -1001234567890;
export const serviceChat = 777;

const methods = {
  getMe: {},
  getChat: { chat_id: true },
  getChatMember: { chat_id: true, user_id: true },
  sendMessage: { chat_id: true, text: true },
  sendPhoto: { chat_id: true, photo: true, caption: false, disable_notification: false },
  sendMediaGroup: { chat_id: true, media: true },
  forwardMessage: { chat_id: true, from_chat_id: true, message_id: true, disable_notification: false },
  deleteMessage: { chat_id: true, message_id: true },
};
const description = hasSpecs ? JSON.parse(readFileSync(path.join(specs, 'telegram/api.json'), 'utf8')) : null;

function checkBySchema(method, parameters) {
  if (!description) return null;
  const schema = description.methods[method];
  if (!schema) return `no method ${method} in the Bot API`;
  const fields = schema.fields ?? [];
  for (const name of Object.keys(parameters)) {
    const attached = /^picture\d+$/.test(name);
    if (!attached && !fields.some((f) => f.name === name)) return `unknown parameter ${name}`;
  }
  for (const field of fields) if (field.required && !(field.name in parameters)) return `missing parameter ${field.name}`;
  return null;
}

export async function startTelegram({ rights = { status: 'administrator', can_post_messages: true } } = {}) {
  let nextId = 100;
  const standIn = new StandIn(function ({ request, body, url, send, refuse }) {
    const [, found, method] = url.pathname.match(/^\/bot([^/]+)\/(\w+)$/) ?? [];
    const bad = (code, text, parameters) => send(code, { ok: false, error_code: code, description: text, parameters });
    if (found !== this.token) return bad(found ? 401 : 404, 'Unauthorized');
    const rules = methods[method];
    if (!rules) return bad(404, refuse(`method ${method} is not expected`));
    const type = request.headers['content-type'] ?? '';
    const parts = type.startsWith('multipart/') ? parseMultipart(type, body) : null;
    const parameters = parts
      ? Object.fromEntries(Object.entries(parts).map(([k, v]) => [k, v.filename ? v : tryJson(v.value)]))
      : JSON.parse(body.toString() || '{}');
    for (const [name, required] of Object.entries(rules)) if (required && !(name in parameters)) return bad(400, refuse(`Bad Request: ${name} is empty`));
    for (const name of Object.keys(parameters)) {
      if (!(name in rules) && !(parts && /^picture\d+$/.test(name))) return bad(400, refuse(`unknown parameter ${name}`));
    }
    const wrong = checkBySchema(method, parameters);
    if (wrong) return bad(400, refuse(wrong));
    const ok = (result) => send(200, { ok: true, result });
    const chat = (id) => (id === serviceChat ? { id, type: 'private' } : { id: channel, type: 'channel', title: 'Сойка', username: 'soyka_coffee' });
    const message = (fields) => ({ message_id: nextId++, chat: chat(parameters.chat_id), date: 1790000000, ...fields });
    const post = (result, text, pictures) => {
      const id = Array.isArray(result) ? result[0].message_id : result.message_id;
      if (parameters.chat_id === channel) this.oracle.push({ id, text, pictures, account: channel });
      this.messages.set(id, { text, pictures });
      return ok(result);
    };
    const photo = () => [{ file_id: `file${nextId}`, width: 90 }, { file_id: `file${nextId}big`, width: 800 }];
    switch (method) {
      case 'getMe': return ok({ id: 123456, is_bot: true, username: 'soyka_bot' });
      case 'getChat':
        if (![channel, serviceChat, '@soyka_coffee'].includes(parameters.chat_id)) return bad(400, 'Bad Request: chat not found');
        return ok(chat(parameters.chat_id));
      case 'getChatMember': return ok({ user: { id: 123456 }, ...this.rights });
      case 'sendMessage':
        if (parameters.text.length > 4096) return bad(400, 'Bad Request: message is too long');
        return post(message({ text: parameters.text }), parameters.text, 0);
      case 'sendPhoto':
        if ((parameters.caption ?? '').length > 1024) return bad(400, 'Bad Request: MEDIA_CAPTION_TOO_LONG');
        return post(message({ caption: parameters.caption, photo: photo() }), parameters.caption ?? '', 1);
      case 'sendMediaGroup': {
        const { media } = parameters;
        if (!Array.isArray(media) || media.length < 2 || media.length > 10) return bad(400, refuse('media must hold 2-10 items'));
        for (const item of media) {
          const attached = item.media.startsWith('attach://') ? parts?.[item.media.slice(9)]?.bytes.length > 0 : item.media.startsWith('file');
          if (item.type !== 'photo' || !attached) return bad(400, refuse('wrong file identifier'));
        }
        return post(media.map((item) => message({ caption: item.caption, photo: photo() })), media[0].caption ?? '', media.length);
      }
      case 'forwardMessage': {
        const original = this.messages.get(parameters.message_id);
        if (!original) return bad(400, 'Bad Request: message to forward not found');
        return ok(message(original.pictures ? { caption: original.text, photo: photo() } : { text: original.text }));
      }
      default: return ok(true);
    }
  });
  standIn.rights = rights;
  standIn.token = token;
  standIn.messages = new Map();
  return standIn.listen();
}

function tryJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
