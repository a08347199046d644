// What a server has to refuse, with the right status and the four fields.
import { HttpError, Misread, Refusal, client } from './model.mjs';

const invalid = [400, 422];

// [words, statuses, what is sent]; what is sent gets the walk and the ids of a draft and of a published publication.
const requests = [
  ['an unknown publication', [404], ({ api }) => api.getPublication({ id: 999_999_999 })],
  ['an id that is no number', [400, 404, 422], ({ api }) => api.getPublication({ id: 'x' })],
  ['an unknown upload', [404], ({ api }) => api.statusUpload({ id: 999_999_999 })],
  ['accounts of no project', invalid, ({ api }) => api.getAccounts({})],
  ['accounts of an unknown project', [403, 404, 422], ({ api }) => api.getAccounts({ project_id: 999_999_999 })],
  ['a field that nothing is sorted by', invalid, ({ api, world }) => api.getPublications({ project_id: world.project, sort: 'colour' })],
  ['a day that does not exist', invalid, ({ api, world }) => api.getPublications({ project_id: world.project, post_date: '2026-02-30' })],
  ['a body that is no JSON', [400], ({ api }) => api.callRaw('createPublication', {}, '{"project_id":')],
  ['a body that is no UTF-8', [400], ({ api }) => api.callRaw('createPublication', {}, Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]))],
  ['a key twice', invalid, ({ api, world }) => api.callRaw('initUpload', {}, `{"project_id":${world.project},"project_id":${world.project},"url":"http://127.0.0.1/"}`)],
  ['a thousand lists in each other', [400], ({ api }) => api.callRaw('createPublication', {}, `{"details":${'['.repeat(1000)}${']'.repeat(1000)}}`)],
  ['both kinds of upload at once', invalid, ({ api, world }) => api.initUpload({}, { project_id: world.project, url: world.pictureUrl, name: 'a.png', size: 10 })],
  ['an upload of nothing', invalid, ({ api, world }) => api.initUpload({}, { project_id: world.project })],
  ['no delete option', invalid, ({ api }, { draft }) => api.deletePublication({ id: draft, account_ids: [1] })],
  ['a delete option that does not exist', invalid, ({ api, world }, { draft }) => api.deletePublication({ id: draft, delete_option: 4, account_ids: world.accounts.map(({ id }) => id) })],
  ['a change of what is published', [422], (walk, { published }) => walk.api.updatePublication({ id: published }, walk.update())],
];

// Members of a new publication that make it invalid.
const publications = [
  ['an unknown project', [403, 404, 422], () => ({ project_id: 999_999_999 })],
  ['a project as a string', invalid, ({ world }) => ({ project_id: String(world.project) })],
  ['no time', invalid, () => ({ post_at: undefined })],
  ['null as time', invalid, () => ({ post_at: null })],
  ['a time that is none', invalid, () => ({ post_at: 'tomorrow' })],
  ['no account', [422], () => ({ account_ids: [] })],
  ['null as accounts', invalid, () => ({ account_ids: null })],
  ['an unknown account', [422], () => ({ account_ids: [999_999_999] })],
  ['no details', invalid, () => ({ details: undefined })],
  ['a status that only the server gives', [422], () => ({ publication_status: 1 })],
  ['a status that does not exist', invalid, () => ({ publication_status: 7 })],
  ['deletion before publication', [422], ({ api }) => ({ delete_at: api.time(new Date(Date.now() - 86_400_000)) })],
  ['a detail for another account', [422], ({ world }) => ({ account_ids: [world.accounts[0].id], details: [{ account_id: world.accounts[1].id, publication_type: 1, content: 'x' }] })],
  ['an account without a detail', [422], ({ world }) => ({ details: [{ account_id: world.accounts[0].id, publication_type: 1, content: 'x' }] })],
  ['a file that does not exist', [422], () => ({ details: [{ publication_type: 1, content: 'x', file_ids: [999_999_999] }] })],
  ['a file of another project', [422], ({ world }) => ({ details: [{ publication_type: 1, content: 'x', file_ids: [world.foreign] }] })],
];

// Sends it and complains unless it is refused with one of the statuses, in the shape of an error.
async function refused(walk, words, statuses, send) {
  try {
    await send();
  } catch (failure) {
    if (failure instanceof Misread) walk.complain(failure.message, failure.case);
    else if (!(failure instanceof HttpError)) throw failure;
    walk.expect(statuses.includes(failure.status), `${words}: ${failure.status} instead of ${statuses}`, 'error-kind-wrong');
    const body = walk.api.raw;
    if (body?.status !== undefined) walk.expect(body.status === failure.status, `${words}: status ${body.status} in an answer ${failure.status}`, 'error-status-differs');
    walk.expect(typeof body?.message === 'string' && body.message !== '', `${words}: no message`, body?.message === undefined ? 'error-field-missing' : null);
    return;
  }
  walk.complain(`${words} is taken`);
}

async function tooLong(walk) {
  const ask = () => walk.api.getTimezones({ per_page: 1000 });
  if (walk.api.behaviour === 'node') return refused(walk, '1000 on a page', invalid, ask);
  const failure = await ask().catch((one) => one);
  return walk.expect(failure instanceof Refusal, 'the client itself does not ask for 1000 on a page');
}

export async function refusals(walk, ids) {
  for (const token of [null, 'pmp_wrong']) {
    const stranger = client(walk.api.behaviour, walk.api.baseUrl, token);
    await refused({ ...walk, api: stranger, complain: walk.complain.bind(walk), expect: walk.expect.bind(walk) }, 'a stranger', [401], () => stranger.getProjects());
  }
  await tooLong(walk);
  for (const [words, statuses, send] of requests) await refused(walk, words, statuses, () => send(walk, ids));
  const { world, api } = walk;
  // An upload is no file, whether it has become one or not.
  const upload = await walk.take('initUpload', {}, { project_id: world.project, name: 'a.png', size: 10 });
  const uploaded = ['an upload instead of a file', [422], () => ({ details: [{ publication_type: 1, content: 'x', file_ids: [upload.id] }] })];
  for (const [words, statuses, more] of [...publications, uploaded]) {
    // Some of these no generated client would let out: they go as text.
    const body = walk.api.sender.json(walk.publication(more(walk)));
    await refused(walk, words, statuses, () => api.callRaw('createPublication', {}, body));
  }
  for (const option of [1, 3]) {
    const gone = walk.published.find((one) => one.option === option);
    await refused(walk, 'a second deletion', [404], () => api.deletePublication({ id: gone.id, delete_option: option, account_ids: world.accounts.map(({ id }) => id) }));
  }
}

// Somebody with a small allowance asks until they are told to wait.
export async function limited(walk, api) {
  for (let calls = 0; calls < 200; calls += 1) {
    const failure = await api.getProjects().then(() => null, (one) => one);
    if (!failure) continue;
    walk.expect(failure.status === 429, `a limit is told with ${failure.status}`, 'error-kind-wrong');
    const headers = ['x-rate-limit-limit', 'x-rate-limit-remaining', 'x-rate-limit-reset', 'retry-after'];
    const wrong = headers.filter((name) => !/^\d+$/.test(failure.headers?.[name] ?? ''));
    walk.expect(wrong.length === 0, `a 429 without ${wrong}`, 'limit-without-headers');
    return;
  }
  walk.complain('200 calls without a limit');
}
