// A correct answerer of API v4.1 in memory: what the client model is tested against. It publishes when it is looked at.
import { isTime, kindOf, parseExactly, typeOf } from './reading.mjs';
import { enums, models, operations } from './tables.mjs';

const names = { 400: 'BadRequest', 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 422: 'Unprocessable Entity', 429: 'TooManyRequests' };

class Wrong extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
const unless = (holds, status, message) => {
  if (!holds) throw new Wrong(status, message);
};

// A body against the tables; unknown keys and null options pass.
function check(type, value, at) {
  const { optional, list, enumeration, name } = typeOf(type);
  if (value === undefined || value === null) return unless(optional, 422, `${at} is missing`);
  if (list) {
    unless(Array.isArray(value), 422, `${at} is no list`);
    return value.forEach((one, i) => check(list, one, `${at}/${i}`));
  }
  if (enumeration) return unless(enumeration.includes(value), 422, `${at} is not of ${enumeration}`);
  if (name === 'date-time') return unless(isTime(value), 422, `${at} is no time`);
  if (models[name]) return Object.entries(models[name]).forEach(([field, one]) => check(one, value[field], `${at}/${field}`));
  return unless(kindOf(value) === name, 422, `${at} is no ${name}`);
}

// Duplicate keys, which JSON.parse would take: counted over the text of one flat object at a time.
function parseBody(bytes) {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Wrong(400, 'The body is not UTF-8.');
  }
  unless(!/\[{100}/.test(text), 400, 'The body is nested too deeply.');
  const keys = [...text.matchAll(/"(project_id)":/g)];
  unless(keys.length < 2, 400, 'A key stands twice.');
  try {
    return parseExactly(text);
  } catch {
    throw new Wrong(400, 'The body is no JSON.');
  }
}

export class Reference {
  constructor(origin, { tokens = ['pmp_right'], limited = 'pmp_limited', allowance = 5, zone = { id: 3, offset: 3 } } = {}) {
    Object.assign(this, { origin, tokens, limited, allowance });
    this.zones = Array.from({ length: 70 }, (_, i) => ({ id: i + 1, name: `Zone/${i + 1}`, utc_offset: i === zone.id - 1 ? zone.offset : i / 2 }));
    this.projects = [{ id: 7, name: 'Сойка', timezone_id: zone.id }];
    this.offset = zone.offset;
    this.channels = [{ id: 6, code: 'telegram', name: 'Telegram' }, { id: 40, code: 'mastodon', name: 'Mastodon' }];
    this.accounts = [6, 40].map((chanel_id, i) => ({ id: 31 + i, chanel_id, external_id: `-100${i}`, name: 'News', login: null, connection_status: 1 }));
    this.publications = new Map();
    this.uploads = new Map();
    this.files = new Map([[5000, { foreign: true }]]);
    this.last = 100;
  }

  admit(token) {
    if (token === this.limited) {
      this.allowance -= 1;
      const wait = { 'X-Rate-Limit-Limit': '5', 'X-Rate-Limit-Remaining': '0', 'X-Rate-Limit-Reset': '30', 'Retry-After': '30' };
      if (this.allowance < 0) throw new Wrong(429, 'Too many requests.', wait);
      return;
    }
    unless(this.tokens.includes(token), 401, 'Your request was made with invalid credentials.');
  }

  // One request: { operation, path, query: URLSearchParams, token, bytes } to { status, body, headers }.
  answer({ operation, id, query, token, bytes }) {
    try {
      this.admit(token);
      unless(operation, 404, 'Resource not found.');
      for (const [name, type] of Object.entries(operations[operation].query)) this.checkQuery(name, type, query.get(name));
      const body = operations[operation].body ? parseBody(bytes) : undefined;
      return { status: 200, body: this[operation]({ id: Number(id), query, body }), headers: {} };
    } catch (failure) {
      if (!(failure instanceof Wrong)) throw failure;
      const { status, message, headers } = failure;
      return { status, body: { name: names[status], message, code: 0, status }, headers };
    }
  }

  checkQuery(name, type, value) {
    const { optional, name: wanted } = typeOf(type);
    if (value === null) return unless(optional, 422, `${name} is missing`);
    if (wanted === 'int') unless(/^\d+$/.test(value), 422, `${name} is no number`);
    if (wanted === 'date') unless(!Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value), 422, `${name} is no day`);
    if (name === 'per_page') unless(value >= 1 && value <= 50, 422, 'per_page is over 50');
    if (name === 'project_id') unless(this.projects.some((one) => one.id === Number(value)), 404, 'There is no such project.');
    if (name === 'delete_option') unless(enums.delete_option.includes(Number(value)), 422, 'There is no such option.');
    return undefined;
  }

  list(items, query) {
    for (const key of (query.get('sort') ?? '').split(',').filter(Boolean).reverse()) {
      const [field, sign] = key.startsWith('-') ? [key.slice(1), -1] : [key, 1];
      unless(['id', 'post_at', 'created_at'].includes(field), 422, `Nothing is sorted by ${field}.`);
      items = items.toSorted((a, b) => (a[field] < b[field] ? -sign : a[field] > b[field] ? sign : 0));
    }
    const page = Number(query.get('page') ?? 1);
    const per_page = Number(query.get('per_page') ?? 20);
    const total_pages = Math.ceil(items.length / per_page);
    const pages = { page, per_page, total_pages, total_count: items.length, prev: page > 1 ? page - 1 : null, next: page < total_pages ? page + 1 : null };
    return { data: items.slice((page - 1) * per_page, page * per_page), pages };
  }

  getProjects({ query }) { return this.list(this.projects, query); }
  getTimezones({ query }) { return this.list(this.zones, query); }
  getChannels({ query }) { return this.list(this.channels, query); }
  getRubrics({ query }) { return this.list([{ id: 1, name: 'News' }], query); }
  getAccounts({ query }) { return this.list(this.accounts, query); }

  getPublications({ query }) {
    const day = query.get('post_date');
    const here = (one) => new Date(Date.parse(one.post_at) + this.offset * 3_600_000).toISOString().slice(0, 10);
    return this.list([...this.publications.values()].filter((one) => !day || here(one) === day), query);
  }

  known({ id }) {
    const publication = this.publications.get(id);
    unless(publication, 404, 'Resource not found.');
    if (publication.publication_status === 5 && Date.parse(publication.post_at) <= Date.now()) {
      publication.publication_status = 1;
      publication.posts = publication.account_ids.map((account_id) => ({ account_id, post_status: 1, url: `${this.origin}/p/${id}`, external_id: '9', error: null }));
    }
    return publication;
  }
  getPublication(request) { return this.known(request); }

  // Everything that a create or update body must keep to, and the publication that it describes.
  described(model, body, id) {
    check(model, body, '');
    const ids = body.account_ids;
    unless(ids.length > 0 && ids.every((one) => this.accounts.some((account) => account.id === one)), 422, 'account_ids: unknown account');
    const whole = body.details.some((one) => one.account_id == null);
    unless(body.details.every((one) => one.account_id == null || ids.includes(one.account_id)), 422, 'A detail is for another account.');
    unless(whole || ids.every((one) => body.details.some((detail) => detail.account_id === one)), 422, 'An account has no detail.');
    unless(!body.delete_at || Date.parse(body.delete_at) > Date.parse(body.post_at), 422, 'delete_at is before post_at');
    const zoned = /(Z|[+-]\d\d:\d\d)$/.test(body.post_at) ? body.post_at : `${body.post_at}+03:00`;
    const instant = new Date(Date.parse(zoned) + this.offset * 3_600_000);
    const details = body.details.map(({ file_ids, x_unknown, ...detail }) => ({ ...detail, files: (file_ids ?? []).map((file) => this.attached(file)) }));
    return {
      id,
      post_at: `${instant.toISOString().slice(0, 19)}+03:00`,
      delete_at: body.delete_at ?? null,
      rubric_id: body.rubric_id ?? null,
      account_ids: ids,
      details,
      publication_status: body.publication_status,
      posts: [],
    };
  }
  attached(id) {
    unless(this.files.has(id) && !this.files.get(id).foreign, 422, `file_ids: there is no file ${id}`);
    return { id, original: `${this.origin}/f/${id}` };
  }

  createPublication({ body }) {
    check('PublicationNew', body, '');
    unless(body.project_id === 7, 404, 'There is no such project.');
    const made = this.described('PublicationNew', body, (this.last += 1));
    this.publications.set(made.id, made);
    return made;
  }

  updatePublication({ id, body }) {
    unless(![1, 2].includes(this.known({ id }).publication_status), 422, 'It is published already.');
    this.publications.set(id, this.described('PublicationEdit', body, id));
    return this.publications.get(id);
  }

  deletePublication({ id, query }) {
    const publication = this.known({ id });
    const wanted = query.get('account_ids').split(',').map(Number);
    if (query.get('delete_option') === '2') return publication;
    if (!publication.account_ids.every((one) => wanted.includes(one))) return publication;
    this.publications.delete(id);
    return { ...publication, publication_status: 0 };
  }

  initUpload({ body }) {
    const variants = [body.url != null, body.name != null || body.size != null];
    unless(variants[0] !== variants[1], 422, 'The body is neither an upload by URL nor one by file, or both.');
    check(variants[0] ? 'UploadNewByUrl' : 'UploadNewByFile', body, '');
    if (variants[0]) unless(body.url === `${this.origin}/f/picture.png`, 422, 'url: nothing to be had there');
    const id = (this.last += 1) + 900_000;
    this.uploads.set(id, { status: 5, size: body.size, byUrl: variants[0] });
    if (variants[0]) return { id, url: body.url, size: 0, status: 5 };
    const fields = [{ key: 'key', value: `u/${id}` }, { key: 'token', value: 'abc' }];
    return { id, name: body.name, size: body.size, action: `${this.origin}/form/${id}`, fields, status: 5 };
  }
  // The form of an upload: the fields in their order, then the file.
  receive(id, bytes) {
    const text = bytes.toString('latin1');
    const order = [...text.matchAll(/form-data; name="([^"]*)"/g)].map(([, name]) => name);
    const file = text.indexOf('name="file"');
    const size = text.lastIndexOf('\r\n--') - text.indexOf('\r\n\r\n', file) - 4;
    const upload = this.uploads.get(id);
    if (order.join() !== 'key,token,file' || !upload || !text.includes('\r\n\r\nabc\r\n')) return 403;
    if (size > upload.size) return 413;
    upload.status = 4;
    return 204;
  }
  upload(query) {
    const upload = this.uploads.get(Number(query.get('id')));
    unless(upload, 404, 'Resource not found.');
    return upload;
  }
  completeUpload({ query }) {
    const upload = this.upload(query);
    if (upload.status === 4 || upload.byUrl) upload.status = 3;
    return { id: Number(query.get('id')), status: upload.status };
  }
  statusUpload({ query }) {
    const upload = this.upload(query);
    if (upload.status === 3 && !upload.file) this.files.set((upload.file = this.last += 1), {});
    if (upload.file) upload.status = 1;
    return { id: Number(query.get('id')), status: upload.status, ...(upload.file ? { file_id: upload.file } : {}) };
  }

  getAnalyticsAccounts() {
    return { data: [{ type: 'followers', title: 'Followers', data: [{ date: '2025-06-27T23:59:59+00:00', value: 62728 }] }] };
  }
  getAnalyticsPublications({ query }) {
    const media = { width: 1, height: 1, url: `${this.origin}/f/1` };
    const one = { id: '65f0', external_id: '9', external_url: `${this.origin}/p/1`, created_at: '2025-06-27T23:59:59+00:00', content: 'Hi', analytics: { views: 2.5, likes: 1 }, type: 1 };
    const image = { ...one, attaches: [{ type: 'image', image: media, preview: media }, { type: 'link', link: { url: 'https://example.org' } }] };
    const video = { ...one, id: '65f1', analytics: {}, attaches: [{ type: 'video', video: media, preview: media }] };
    return this.list(query.get('type') === '3' ? [] : [image, video], query);
  }
}
