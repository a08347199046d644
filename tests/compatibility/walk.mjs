// The way of one client through all 15 operations, and what it has to complain about.
//
// The world is { project, offset, accounts: [{ id, code }, { id, code }], channels: { code: id }, picture, pictureUrl, limited, foreign,
// badUrls, patience }: a project with the offset of its zone in hours and two connected accounts of the named channels; a PNG, and an address where
// the server finds it; `limited` the { url, token } of somebody who is allowed few calls, or null; `foreign` a file id of another project; `badUrls`
// [words, url] from which nothing may be taken;
// `patience` how often to look again, 50 ms apart, for what takes its time.
import { HttpError, Misread, client } from './model.mjs';
import { limited, refusals } from './walk_refusals.mjs';
import { badUploads, hostileNames } from './walk_uploads.mjs';

const day = 86_400_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sameInstant = (a, b) => Date.parse(a) === Date.parse(b);
const dateOf = (instant) => instant.toISOString().slice(0, 10);
// Tomorrow at noon UTC: the same day in every zone that the tests use.
const tomorrow = (days = 1) => new Date(`${dateOf(new Date(Date.now() + days * day))}T12:00:00Z`);

export class Walk {
  constructor(api, world) {
    this.api = api;
    this.world = world;
    this.complaints = []; // { behaviour, case, words }: `case` one of the 27 or null
    this.published = []; // { text, option }: what was published, and how it was deleted, if it was
    this.files = [];
    this.called = new Set();
  }

  complain(words, which = null) {
    this.complaints.push({ behaviour: this.api.behaviour, case: which, words });
  }
  expect(holds, words, which = null) {
    if (!holds) this.complain(words, which);
    return holds;
  }

  // A call that has to succeed. What a client can't take is noted, and the walk goes on with what came.
  async take(operation, given, body, which = null) {
    this.called.add(operation);
    try {
      return await this.api[operation](given, body);
    } catch (failure) {
      if (failure instanceof Misread) this.complain(failure.message, failure.case);
      else if (failure instanceof HttpError) this.complain(`${failure.message} for ${JSON.stringify(body ?? given)}`, which);
      else throw failure;
      return failure.raw ?? {};
    }
  }

  publication(more = {}) {
    const { project, accounts } = this.world;
    return {
      project_id: project,
      post_at: this.api.time(tomorrow()),
      account_ids: accounts.map(({ id }) => id),
      publication_status: 4,
      details: [{ publication_type: 1, content: `Черновик ${this.api.behaviour}` }],
      ...more,
    };
  }
  update(more = {}) {
    const { project_id, ...rest } = this.publication(more);
    return rest;
  }

  async page(operation, given) {
    const list = await this.take(operation, given);
    const ok = this.expect(Array.isArray(list.data) && list.pages, `${operation} has no data and pages`);
    return ok ? list : { data: [], pages: {} };
  }

  // Every item of a list, as clients get them: page after page until there is no next one.
  async all(operation, given = {}) {
    const items = [];
    for (let page = 1; page != null; ) {
      if (!this.expect(page < 100, `${operation}: there is always a next page`)) break;
      const { data, pages } = await this.page(operation, { ...given, page, per_page: 50 });
      this.expect(pages.page === page, `${operation}: asked for page ${page}, got ${pages.page}`);
      items.push(...data);
      this.expect(pages.next == null || pages.next === page + 1, `${operation}: after page ${page} comes ${pages.next}`);
      if (pages.next == null) this.expect(pages.total_count === items.length, `${operation}: ${items.length} of ${pages.total_count} came`);
      page = pages.next;
    }
    this.expect(new Set(items.map(({ id }) => id)).size === items.length, `${operation}: an item came twice`);
    return items;
  }

  async reference() {
    const { project, offset, accounts, channels } = this.world;
    const projects = await this.page('getProjects');
    const mine = projects.data.find(({ id }) => id === project);
    const zones = await this.all('getTimezones');
    const zone = zones.find(({ id }) => id === mine?.timezone_id);
    this.expect(Number(zone?.utc_offset) === offset, `the zone of the project is ${JSON.stringify(zone)}`);
    const known = await this.all('getChannels');
    for (const [code, id] of Object.entries(channels)) this.expect(known.some((one) => one.code === code && one.id === id), `no channel ${id} ${code}`);
    await this.page('getRubrics', { project_id: project });
    const connected = await this.all('getAccounts', { project_id: project });
    for (const { id, code } of accounts) {
      const account = connected.find((one) => one.id === id);
      const channel = known.find((one) => one.id === account?.chanel_id);
      this.expect(channel?.code === code, `account ${id} is of ${channel?.code}, not ${code}`);
      this.expect(account?.connection_status === 1 && account.external_id !== '', `account ${id} is not connected: ${JSON.stringify(account)}`);
    }
  }

  async paging() {
    const second = await this.page('getTimezones', { page: 2, per_page: 2 });
    this.expect(second.data.length === 2 && second.pages.prev === 1 && second.pages.per_page === 2, `page 2 is ${JSON.stringify(second.pages)}`);
    const beyond = await this.page('getTimezones', { page: 99_999 });
    this.expect(beyond.data.length === 0, 'a page after the last one has items');
    const wanted = { project_id: this.world.project };
    const up = (await this.page('getPublications', { ...wanted, sort: 'id' })).data.map(({ id }) => id);
    const down = (await this.page('getPublications', { ...wanted, sort: '-id' })).data.map(({ id }) => id);
    this.expect(up.length > 1 && up[0] < up[1] && down[0] > down[1], `sorted by id: ${up} and ${down}`);
    await this.page('getPublications', { ...wanted, sort: '-post_at,id' });
  }

  async fileOf(upload) {
    for (let tries = 0; tries < 1 + this.world.patience; tries += 1) {
      const state = await this.take('statusUpload', { id: upload });
      if (state.status === 1) {
        this.expect(Number.isInteger(state.file_id), `upload ${upload} has the file ${state.file_id}`);
        return state.file_id;
      }
      if (state.status === 2 || state.status === undefined) break;
      await sleep(50);
    }
    this.complain(`upload ${upload} did not become a file`);
    return null;
  }

  async uploadFile(name, chunked) {
    const { project, picture } = this.world;
    const init = await this.take('initUpload', {}, { project_id: project, name, size: picture.length });
    this.expect(init.status === 5, `a new upload has the status ${init.status}`);
    await this.api.upload(init, name, picture, { chunked }).catch((failure) => this.complain(`the form of ${name}: ${failure.message}`));
    const completed = await this.take('completeUpload', { id: init.id });
    this.expect(completed.id === init.id, 'a completed upload has another id');
    return this.fileOf(init.id);
  }

  async uploads() {
    this.files.push(await this.uploadFile('picture.png', false));
    // Only Node sends in pieces of unknown length; the name is one that broke uploads elsewhere.
    this.files.push(await this.uploadFile('снимок «Утро» № 1.png', this.api.behaviour === 'node'));
    const byUrl = await this.take('initUpload', {}, { project_id: this.world.project, url: this.world.pictureUrl });
    await this.take('completeUpload', { id: byUrl.id }); // not needed, and sent by some
    this.files.push(await this.fileOf(byUrl.id));
  }

  async untilPublished(id) {
    for (let tries = 0; tries < 1 + this.world.patience * 4; tries += 1) {
      const publication = await this.take('getPublication', { id });
      if (![2, 5].includes(publication.publication_status)) {
        this.expect(publication.publication_status === 1, `publication ${id} ends as ${publication.publication_status}: ${JSON.stringify(this.api.raw?.posts)}`);
        return publication;
      }
      await sleep(50);
    }
    return this.complain(`publication ${id} is never published`);
  }

  async publish(text, details) {
    const body = this.publication({ post_at: this.api.time(new Date()), publication_status: 5, details: details ?? [{ publication_type: 1, content: text }] });
    const made = await this.take('createPublication', {}, body);
    this.expect(Number.isInteger(made.id), 'a new publication has no id');
    const note = { id: made.id, text, option: null };
    this.published.push(note);
    await this.untilPublished(made.id);
    return note;
  }

  // Two files for two accounts, each with a detail of its own.
  async pictures() {
    const { accounts } = this.world;
    const text = `Снимки ${this.api.behaviour}`;
    const details = accounts.map(({ id }) => ({ account_id: id, publication_type: 1, content: text, file_ids: this.files.slice(0, 2) }));
    const { id } = await this.publish(text, details);
    const seen = await this.take('getPublication', { id, also: { project_id: this.world.project, account_ids: '1' } });
    const { posts } = this.api.raw ?? {};
    this.expect(seen.details?.length === 2 && seen.details.every((one) => one.content === text), `the details are ${JSON.stringify(seen.details)}`);
    const files = seen.details?.map((one) => one.files?.map((file) => file.id).join()).join(' ');
    this.expect(files === accounts.map(() => this.files.slice(0, 2).join()).join(' '), `the files are ${files}`);
    for (const account of accounts) {
      const post = posts?.find((one) => one.account_id === account.id);
      this.expect(post?.post_status === 1 && /^https?:\/\//.test(post.url) && post.external_id && post.error == null, `the post of ${account.code} is ${JSON.stringify(post)}`);
    }
    return id;
  }

  async edit() {
    const made = await this.take('createPublication', {}, this.publication());
    this.expect(made.publication_status === 4 && sameInstant(made.post_at, this.publication().post_at), `the draft is ${JSON.stringify(made)}`);
    const later = tomorrow(2);
    const body = this.update({ post_at: this.api.time(later), publication_status: 5, details: [{ publication_type: 1, content: 'Иначе' }] });
    const changed = await this.take('updatePublication', { id: made.id }, body);
    this.expect(changed.publication_status === 5 && sameInstant(changed.post_at, later), `the changed one is ${JSON.stringify(changed)}`);
    const onDay = async (instant) => (await this.all('getPublications', { project_id: this.world.project, post_date: dateOf(instant) })).map(({ id }) => id);
    this.expect((await onDay(later)).includes(made.id), 'a publication is not listed on its day');
    this.expect(!(await onDay(tomorrow())).includes(made.id), 'a publication is listed on another day');
    await this.take('updatePublication', { id: made.id }, this.update({ publication_status: 4 }));
    const seen = await this.take('getPublication', { id: made.id });
    this.expect(seen.publication_status === 4 && seen.details?.[0]?.content === this.publication().details[0].content, 'the second change is not there');
    return made.id;
  }

  async delete(id, option, accounts = this.world.accounts) {
    return this.take('deletePublication', { id, delete_option: option, account_ids: accounts.map((one) => one.id) });
  }

  // A publication that is gone is not found, or says so. The networks may take their time.
  async isGone(id) {
    const look = () => this.api.getPublication({ id }).then((one) => one.publication_status, (failure) => (failure.status === 404 ? 0 : failure.message));
    let state = await look();
    for (let tries = 0; tries < this.world.patience && state !== 0; tries += 1) {
      await sleep(50);
      state = await look();
    }
    this.expect(state === 0, `publication ${id} is still there: ${state}`);
    const listed = await this.all('getPublications', { project_id: this.world.project });
    this.expect(!listed.some((one) => one.id === id), `publication ${id} is still listed`);
  }

  async deletions() {
    for (const option of [1, 2, 3]) {
      const one = await this.publish(`Удаление ${option} ${this.api.behaviour}`);
      await this.delete(one.id, option);
      one.option = option;
      if (option === 2) await this.take('getPublication', { id: one.id });
      else await this.isGone(one.id);
    }
    // One of two accounts: the other one's post stays.
    const { id } = this.published[0];
    await this.delete(id, 1, this.world.accounts.slice(0, 1));
    const left = await this.take('getPublication', { id });
    this.expect(left.publication_status === 1, `with one post left the status is ${left.publication_status}`);
  }

  // What clients may write: the forms of a time, unknown keys, null in everything that may be left out.
  async forms() {
    const wall = `${dateOf(tomorrow())}T12:00:00`;
    const local = Date.parse(`${wall}Z`) - this.world.offset * 3_600_000;
    const times = [[`${wall}Z`, Date.parse(`${wall}Z`)], [`${wall}.000Z`, Date.parse(`${wall}Z`)], [`${wall}+03:00`, Date.parse(`${wall}+03:00`)], [wall, local]];
    for (const [post_at, instant] of times) {
      const made = await this.take('createPublication', {}, this.publication({ post_at }), 'date-form-refused');
      if (made.id) this.expect(Date.parse(made.post_at) === instant, `${post_at} became ${made.post_at}`);
      if (made.id) await this.delete(made.id, 3);
    }
    const detail = { ...this.publication().details[0], x_unknown: { a: [1] } };
    const more = await this.take('createPublication', {}, this.publication({ x_unknown: 'yes', details: [detail] }), 'unknown-key-refused');
    if (more.id) await this.delete(more.id, 3);
    const names = ['account_id', 'comment', 'link', 'title', 'tiktok_comment', 'tiktok_duet', 'tiktok_stitch', 'tiktok_privacy_status', 'youtube_privacy_status', 'x_reply_settings', 'instagram_share_to_feed', 'nsfw', 'file_ids'];
    const empty = { publication_type: 1, content: 'Пусто', ...Object.fromEntries(names.map((name) => [name, null])) };
    const none = await this.take('createPublication', {}, this.publication({ delete_at: null, rubric_id: null, details: [empty] }), 'null-option-refused');
    if (none.id) await this.delete(none.id, 3);
  }

  async analytics() {
    const { project, accounts } = this.world;
    const period = { project_id: project, account_id: String(accounts[0].id), date_from: dateOf(new Date(Date.now() - 7 * day)), date_to: dateOf(new Date(Date.now() + day)) };
    const figures = await this.take('getAnalyticsAccounts', { ...period, metrics: 'followers,subscribed,no_such_metric' });
    this.expect(Array.isArray(figures.data) && figures.data.every((one) => one.type !== 'no_such_metric'), `figures of an account: ${JSON.stringify(figures)}`);
    const posts = await this.take('getAnalyticsPublications', { ...period, type: 1, page: 1, per_page: 50 });
    this.expect(posts.data?.length > 0 && posts.data.every((one) => /^https?:/.test(one.external_url)), `posts of an account: ${JSON.stringify(posts).slice(0, 300)}`);
    if (this.api.behaviour === 'python') return; // it can't ask for a type
    const stories = await this.take('getAnalyticsPublications', { ...period, type: 3 });
    this.expect(stories.data?.length === 0, 'posts come as stories');
  }

  async all15() {
    await this.reference();
    await this.uploads();
    await hostileNames(this);
    await badUploads(this);
    const published = await this.pictures();
    const draft = await this.edit();
    await this.forms();
    await this.paging();
    await this.analytics();
    await this.deletions();
    await refusals(this, { draft, published: this.published[2].id ?? published });
    if (this.world.limited) await limited(this, client(this.api.behaviour, this.world.limited.url, this.world.limited.token));
    await this.delete(draft, 3);
    await this.isGone(draft);
    return this;
  }
}

// Goes the whole way. The complaints of the returned Walk are empty when the server is compatible.
export const walk = (api, world) => new Walk(api, world).all15();
