// Facts about the public API v4.1 as tables: operations, fields, types, enumerations, and the 27 cases in which clients are strict.
//
// From them come the client model (model.mjs), the reference answerer (reference.mjs) and the judgement of what an answer breaks. Types:
// `int`, `string`, `number`, `bool`, `date-time` (ISO 8601), `date` (YYYY-MM-DD), `ids` (integers joined by commas), `enum NAME`, `[T]` a
// list, `{T}` a map, a name of `models` or of `variants`. A `?` at the end: may be null or absent.

export const enums = {
  publication_status: [0, 1, 2, 3, 4, 5, 6, 10, 11, 12],
  writable_status: [4, 5, 10, 11, 12],
  publication_type: [1, 2, 4],
  analytics_type: [1, 3, 4], // a story is 3 here and 2 above
  tiktok_privacy: [1, 2, 3],
  youtube_privacy: [1, 2, 3],
  x_reply: [1, 2, 3],
  connection_status: [1, 2],
  upload_status: [1, 2, 3, 4, 5],
  delete_option: [1, 2, 3],
};

const options = {
  account_id: 'int?',
  publication_type: 'enum publication_type',
  content: 'string?',
  comment: 'string?',
  link: 'string?',
  title: 'string?',
  tiktok_comment: 'bool?',
  tiktok_duet: 'bool?',
  tiktok_stitch: 'bool?',
  tiktok_privacy_status: 'enum tiktok_privacy?',
  youtube_privacy_status: 'enum youtube_privacy?',
  x_reply_settings: 'enum x_reply?',
  instagram_share_to_feed: 'bool?',
  nsfw: 'bool?',
};
const moment = { post_at: 'date-time', delete_at: 'date-time?', rubric_id: 'int?', account_ids: '[int]' };

export const models = {
  Error: { name: 'string', message: 'string', code: 'int', status: 'int' },
  Pages: { page: 'int?', per_page: 'int?', total_pages: 'int?', total_count: 'int?', prev: 'int?', next: 'int?' },
  Project: { id: 'int', name: 'string', timezone_id: 'int' },
  Timezone: { id: 'int', name: 'string', utc_offset: 'number' },
  Channel: { id: 'int', code: 'string', name: 'string' },
  Rubric: { id: 'int', name: 'string' },
  Account: { id: 'int', chanel_id: 'int', external_id: 'string', name: 'string', login: 'string?', connection_status: 'enum connection_status' },
  File: { id: 'int?', original: 'string?' },
  Detail: { ...options, files: '[File]?' },
  Publication: { id: 'int', ...moment, details: '[Detail]', publication_status: 'enum publication_status' },
  DetailEdit: { ...options, file_ids: '[int]?' },
  PublicationEdit: { ...moment, publication_status: 'enum writable_status', details: '[DetailEdit]' },
  PublicationNew: { project_id: 'int', ...moment, publication_status: 'enum writable_status', details: '[DetailEdit]' },
  UploadByUrl: { id: 'int', url: 'string', size: 'int', status: 'enum upload_status' },
  UploadByFile: { id: 'int', name: 'string', size: 'int', action: 'string', fields: '[FormField]', status: 'enum upload_status' },
  FormField: { key: 'string', value: 'string' },
  UploadNewByUrl: { project_id: 'int', url: 'string' },
  UploadNewByFile: { project_id: 'int', name: 'string', size: 'int' },
  UploadCompleted: { id: 'int', status: 'enum upload_status' },
  UploadState: { id: 'int', file_id: 'int?', status: 'enum upload_status' },
  AccountAnalytics: { type: 'string', title: 'string', data: '[Point]' },
  Point: { date: 'date-time', value: 'number' },
  PublicationAnalytics: {
    id: 'string',
    external_id: 'string?',
    external_url: 'string',
    created_at: 'date-time',
    content: 'string?',
    analytics: '{number}',
    attaches: '[Attachment]',
    type: 'enum analytics_type',
  },
  ImageAttachment: { type: 'string', image: 'MediaFile', preview: 'MediaFile' },
  VideoAttachment: { type: 'string', video: 'MediaFile', preview: 'MediaFile' },
  LinkAttachment: { type: 'string', link: 'Link' },
  MediaFile: { width: 'int?', height: 'int?', url: 'string' },
  Link: { url: 'string' },
};

// Exactly one of these has to fit. `by` is the field that tells which was meant: one that is there, or `type` with that value.
export const variants = {
  Upload: { UploadByUrl: { there: 'url' }, UploadByFile: { there: 'action' } },
  Attachment: { ImageAttachment: { type: 'image' }, VideoAttachment: { type: 'video' }, LinkAttachment: { type: 'link' } },
};

for (const item of ['Project', 'Timezone', 'Channel', 'Rubric', 'Account', 'Publication']) {
  models[`${item}List`] = { data: `[${item}]`, pages: 'Pages' };
}
models.AccountAnalyticsList = { data: '[AccountAnalytics]' }; // the one list without pages
models.PublicationAnalyticsList = { data: '[PublicationAnalytics]', pages: 'Pages?' };

const paging = { sort: 'string?', page: 'int?', per_page: 'int?' };
const ofProject = { project_id: 'int' };
const period = { ...ofProject, account_id: 'string', date_from: 'date', date_to: 'date' };

// `query` in the order in which clients send it. `late` parameters came after the version of the Python client.
export const operations = {
  getProjects: { method: 'GET', path: '/projects', query: paging, answer: 'ProjectList' },
  getChannels: { method: 'GET', path: '/channels', query: paging, answer: 'ChannelList' },
  getTimezones: { method: 'GET', path: '/timezones', query: paging, answer: 'TimezoneList' },
  getRubrics: { method: 'GET', path: '/rubrics', query: { ...ofProject, ...paging }, answer: 'RubricList' },
  getAccounts: { method: 'GET', path: '/accounts', query: { ...ofProject, ...paging }, answer: 'AccountList' },
  getPublications: { method: 'GET', path: '/publications', query: { ...ofProject, post_date: 'date?', ...paging }, answer: 'PublicationList' },
  getPublication: { method: 'GET', path: '/publications/{id}', query: {}, answer: 'Publication' },
  createPublication: { method: 'POST', path: '/publications', query: {}, body: ['PublicationNew'], answer: 'Publication' },
  updatePublication: { method: 'PUT', path: '/publications/{id}', query: {}, body: ['PublicationEdit'], answer: 'Publication' },
  deletePublication: { method: 'DELETE', path: '/publications/{id}', query: { delete_option: 'int', account_ids: 'ids' }, answer: 'Publication' },
  initUpload: { method: 'POST', path: '/upload/init', query: {}, body: ['UploadNewByUrl', 'UploadNewByFile'], answer: 'Upload' },
  completeUpload: { method: 'POST', path: '/upload/complete', query: { id: 'int' }, answer: 'UploadCompleted' },
  statusUpload: { method: 'GET', path: '/upload/status', query: { id: 'int' }, answer: 'UploadState' },
  getAnalyticsAccounts: { method: 'GET', path: '/analytics/accounts', query: { ...period, metrics: 'string' }, answer: 'AccountAnalyticsList' },
  getAnalyticsPublications: {
    method: 'GET',
    path: '/analytics/publications',
    query: { ...period, type: 'int?', ...paging },
    late: ['type', 'sort', 'page', 'per_page'],
    answer: 'PublicationAnalyticsList',
  },
};

export const limits = { perPage: { default: 20, most: 50 } };

// What a mistake of a server looks like to a strict client: the rule that an answer broke, what stood there, in which field or model.
// The first that fits names the case. Cases without `seen` are found by what the walk does (walk.mjs).
export const cases = [
  { id: 'error-field-missing', section: '1.2', words: 'an error body lacks one of its four fields', seen: { model: 'Error', rule: 'required' } },
  { id: 'error-code-string', section: '1.2', words: '`code` of an error is a string', seen: { model: 'Error', rule: 'int', got: 'string' } },
  { id: 'error-status-differs', section: '1.2', words: '`status` of an error is not the HTTP status' },
  { id: 'error-kind-wrong', section: '1.2', words: 'the HTTP status does not say what is wrong: 401 no token, 404 unknown, 400 or 422 invalid' },
  { id: 'limit-without-headers', section: '1.3', words: 'a 429 does not say the limit, what is left, and when to come again' },
  { id: 'id-decimal', section: '1.4', words: 'an id is written 1.0', seen: { rule: 'int', got: 'decimal' } },
  { id: 'id-string', section: '1.4', words: 'an id is a string', seen: { rule: 'int', got: 'string' } },
  { id: 'status-outside', section: '1.4', words: 'a publication status that does not exist', seen: { rule: 'enum', got: 'int', field: 'publication_status' } },
  { id: 'type-outside', section: '1.4', words: 'a publication type that does not exist', seen: { rule: 'enum', got: 'int', field: 'publication_type' } },
  { id: 'enum-string', section: '1.4', words: 'a value of an enumeration is a string', seen: { rule: 'enum', got: 'string' } },
  { id: 'post-at-null', section: '1.4', words: '`post_at` is null', seen: { rule: 'required', got: 'null', field: 'post_at' } },
  { id: 'post-at-missing', section: '1.4', words: '`post_at` is missing', seen: { rule: 'required', got: 'nothing', field: 'post_at' } },
  { id: 'date-unreadable', section: '1.4', words: 'a time is not ISO 8601', seen: { rule: 'date-time' } },
  { id: 'account-ids-null', section: '1.4', words: '`account_ids` is null', seen: { rule: 'required', got: 'null', field: 'account_ids' } },
  { id: 'details-missing', section: '1.4', words: '`details` is missing', seen: { rule: 'required', got: 'nothing', field: 'details' } },
  { id: 'date-form-refused', section: '1.4', words: 'a time with Z, with milliseconds, with an offset or without a zone is refused' },
  { id: 'unknown-key-refused', section: '1.4', words: 'an unknown key is refused' },
  { id: 'null-option-refused', section: '1.4', words: 'null in an optional field is refused' },
  { id: 'upload-both', section: '1.4', words: 'an answer about an upload has a `url` and a form', seen: { rule: 'variant', got: 'several' } },
  { id: 'size-null', section: '1.4', words: '`size` of an upload by URL is null', seen: { rule: 'required', got: 'null', field: 'size' } },
  { id: 'preview-missing', section: '1.4', words: 'an image or video has no `preview`', seen: { rule: 'required', got: 'nothing', field: 'preview' } },
  { id: 'preview-null', section: '1.4', words: '`preview` of an image or video is null', seen: { rule: 'required', got: 'null', field: 'preview' } },
  { id: 'metric-null', section: '1.4', words: 'a figure in the map of analytics is null', seen: { rule: 'number', got: 'null' } },
  { id: 'map-as-list', section: '1.4', words: 'an empty map is []', seen: { rule: 'map', got: 'list' } },
  { id: 'external-url-null', section: '1.4', words: '`external_url` is null', seen: { rule: 'required', got: 'null', field: 'external_url' } },
  { id: 'offset-string', section: '1.4', words: '`utc_offset` is a string', seen: { rule: 'number', got: 'string', field: 'utc_offset' } },
  { id: 'object-in-list', section: '1.4', words: 'a single object comes in a list', seen: { rule: 'object', got: 'list' } },
];

// The case that a broken rule is, or null: broken, but none of the 27.
export function caseOf(broken) {
  const fits = ({ seen }) => seen && Object.entries(seen).every(([name, value]) => broken[name] === value);
  return cases.find(fits)?.id ?? null;
}
