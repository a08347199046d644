// Every request and answer of /api/v1, as the web application sees them. The server's source is its route
// table and described structs (src/api/v1); tests/contract.test.ts compares this file with docs/openapi.json.
//
// Ids are integers below 2^53. Instants are RFC 3339 UTC ("2026-11-24T09:30:00.000Z"); wall times have no offset
// ("2026-11-24T12:30") and belong to the project's zone. Unknown fields are refused. Unsafe methods need the header
// `X-Requested-With: postmypost`. Errors are application/problem+json (RFC 9457).

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string; // stable: "account.token_revoked"
  detail: string;
  field?: string; // JSON pointer
  rule?: string;
  how_to_fix?: string;
  params?: Record<string, string>;
  request_id: string;
}

export type Locale = 'ru' | 'en';
export type Theme = 'system' | 'light' | 'dark';

// ---- Instance ------------------------------------------------------------------------------------------------
// GET /api/v1/instance (anonymous; the only v1 route beside set-up that answers before set-up)
export interface Instance {
  set_up: boolean;
  name: string; // "Postmypost"
  version: string;
  mode: 'private' | 'open';
  operator_name: string; // empty before set-up
  operator_contact: string;
  public_url: string;
  secure: boolean; // false shows the "not https" warning off loopback
  policy_version: number;
  terms_version: number;
  /** 'genuine', or why nothing is published until the operator says what this data is. */
  engine: 'genuine' | 'older' | 'copied' | 'journal_lost' | 'failed_over';
  letters: boolean; // it has a mail relay: addresses are confirmed by a link, passwords set anew by one
}
// POST /api/v1/setup -> 201 Session (also sets the cookie). `token` from the set-up link.
export interface SetUp {
  token: string;
  operator_name: string;
  operator_contact: string;
  public_url: string;
  mode: 'private' | 'open';
  name: string;
  email: string;
  password: string;
  locale: Locale;
  acknowledged_policy_version: number;
  acknowledged_terms_version: number;
}
// GET /api/v1/setup?token=… -> 204 when the link is good, else a problem (`setup.link_used`, `setup.link_expired`)
// PATCH /api/v1/instance (operator) -> Instance
export interface InstancePatch {
  operator_name?: string;
  operator_contact?: string;
  public_url?: string;
  mode?: 'private' | 'open';
}
// GET /api/v1/documents/{kind}?locale=ru&version=1 (anonymous; without a version the current one)
export interface LegalDocument {
  kind: 'policy' | 'terms' | DecidedPurpose;
  version: number;
  date: string; // "2026-11-24"
  locale: Locale;
  sha256: string; // of the text as rendered for this operator
  title: string;
  sections: { number: string; heading: string; paragraphs: string[]; clause: PolicyClause | null }[];
}
// GET /api/v1/documents/{kind}/changes?since=1&locale=ru (anonymous): what the current version says otherwise
export interface DocumentChange {
  number: string;
  before: string | null; // null: the clause is new
  after: string | null; // null: it was dropped
}
// How far a clause of the policy is executable: the word of `./test --clauses`.
export interface PolicyClause {
  state: 'pass' | 'not-yet';
  where: string | null; // path of the page where it lives
  missing: string | null; // in words, in the document's language
}

// GET /api/v1/privacy/definition (anonymous): what counts as personal information here, printed from the registry. Words for
// the codes: personal.json of the locales.
export interface PrivacyDefinition {
  kinds: PersonalKind[];
}
export interface PersonalKind {
  category: string; // "email"
  clause: string; // "1.1.1"
  purposes: { purpose: string; clause: string; basis: string }[];
  places: PersonalPlace[];
}
export interface PersonalPlace {
  medium: 'column' | 'file' | 'cookie' | 'browser' | 'log_field';
  name: string; // "person.email"
  subject: string;
  kept: 'sealed' | 'hashed' | 'plain';
  retention: string;
  days: number | null;
  in_force: boolean; // false: what is intended; the program does not end it by itself yet
}

// ---- People --------------------------------------------------------------------------------------------------
// POST /api/v1/signup -> 201 Session. In private mode `invitation` is needed.
export interface SignUp {
  name: string;
  email: string;
  password: string; // 12..128 characters, any
  locale: Locale;
  acknowledged_policy_version: number;
  acknowledged_terms_version: number;
  invitation?: string;
}
// POST /api/v1/signup/letter -> 202: on an open server with letters, whether the address is known or not
export type LetterSignUp = Omit<SignUp, 'invitation'>;
// POST /api/v1/confirmations/letter, /api/v1/password/letter -> 202, likewise
export interface AddressInput {
  email: string;
}
// POST /api/v1/confirmations -> 201 Session: the password is the person's own; POST /api/v1/password -> 204: it is the new one
export interface LinkInput {
  token: string; // behind "#token=" in the letter's link
  password: string;
}
// GET, PUT /api/v1/me/letters; POST /api/v1/letters/unsubscribe { token } -> 204
export interface LetterChoice {
  notices: boolean; // by letter as well
}
// GET /api/v1/instance/mail (operator); POST /api/v1/instance/mail/test -> 202
export interface Mail {
  relay: string | null; // null: this server sends no letters
  sender: string | null;
  encrypted: boolean;
  signs_in: boolean;
  waiting: number;
  sent: number; // of the last seven days, like the next two
  refused: number;
  given_up: number;
  asked_today: number; // without a session
  problem: string | null; // "unreachable", "tls", "login", "answer_550", "lost", …
  problem_at: string | null;
}
// GET /api/v1/invitations/{token} (anonymous)
export interface InvitationView {
  project_name: string | null; // of the project it leads to, if any
  expires_at: string;
}
// POST /api/v1/session -> 201 Session; DELETE /api/v1/session -> 204; GET /api/v1/session -> Session | 401
export interface SignIn {
  email: string;
  password: string;
}
export interface Session {
  user: User;
  projects: Project[];
  unread: UnreadText[]; // not empty: everything else answers 428 `policy.acknowledge`
}
export interface UnreadText {
  kind: 'policy' | 'terms';
  version: number;
  before: number | null; // the version this person acknowledged last
}
export interface User {
  id: number;
  name: string;
  email: string;
  role: 'operator' | 'user';
  locale: Locale;
  theme: Theme;
  personalised: boolean; // false: language and theme are the defaults, and are not saved
  created_at: string;
  restricted_at: string | null; // since then nothing of theirs is published
  email_confirmed_by: string; // "set_up", "invitation", "operator", "link", "self", "unconfirmed", "unknown"
  email_awaited: string | null; // in its place once the link sent there is opened
  letter: string | null; // while "unconfirmed": "waiting", "sending", "sent", "refused", "given_up"
}
// PATCH /api/v1/me -> User
export interface MePatch {
  name?: string;
  locale?: Locale;
  theme?: Theme;
}
// POST /api/v1/me/password -> 204 (ends all other sessions)
export interface PasswordChange {
  current: string;
  new: string;
}
// GET /api/v1/me/sessions -> { items: SessionRow[] }; DELETE /api/v1/me/sessions/{id} -> 204;
// DELETE /api/v1/me/sessions -> 204 (all but this one)
export interface SessionRow {
  id: number;
  current: boolean;
  device: string; // "Firefox, Linux"
  ip: string;
  created_at: string;
  last_seen_at: string;
}
// GET /api/v1/me/acknowledgements -> { items: Acknowledgement[] }
export interface Acknowledgement {
  kind: 'policy' | 'terms';
  version: number;
  sha256: string;
  locale: Locale;
  at: string;
}
// POST /api/v1/me/acknowledgements -> Session (in person only, never by an access token)
export interface NewAcknowledgement {
  policy_version: number;
  terms_version: number;
  locale: Locale;
}

// ---- Choices -------------------------------------------------------------------------------------------------
// What a person decides about: a consent (off until given), a switch, an objection. One at a time, each with its text.
export type DecidedPurpose = 'improve' | 'personalise' | 'security' | 'statistics';
// GET /api/v1/me/choices -> { items: Choice[] }; PUT /api/v1/me/choices/{purpose} (in person only) -> the same
export interface Choice {
  purpose: DecidedPurpose;
  clause: string;
  decision: 'consent' | 'switch' | 'objection';
  permitted: boolean;
  history: Decided[]; // newest last
}
export interface Decided {
  choice: 'given' | 'withdrawn' | 'off' | 'on' | 'objected' | 'taken_back';
  at: string;
  locale: Locale;
  sha256: string; // of the text that was shown
  version: number; // of that text
  policy_version: number;
  screen: string;
  control: string;
  proof: string;
}
export interface ChoiceInput {
  permitted: boolean;
  version: number; // of the text on screen
  locale: Locale;
  screen: string;
  control: string;
}

// POST /api/v1/projects/{project}/accounts/{account}/withdrawal -> Withdrawal
export interface Withdrawal {
  posts: number; // that are left to delete over there
}

// ---- Destruction acts ----------------------------------------------------------------------------------------
// GET /api/v1/destruction-acts (operator) -> { items: DestructionAct[] }, newest first
export interface DestructionAct {
  id: number;
  subject: 'person' | 'project' | 'account';
  subject_id: number;
  reason: 'own_wish' | 'after_restore';
  begun_at: string;
  ended_at: string;
  ended_rows: Record<string, number>; // by table
  files: number;
  keys: number;
}

// ---- Statistics ----------------------------------------------------------------------------------------------
// GET /api/v1/privacy/statistics (anybody), GET /api/v1/improvement (operator): sums of people, nothing while too few were counted
export interface Statistics {
  day: string | null; // none: nothing was counted yet
  too_few: boolean;
  more_than: number;
  people: number | null;
  histograms: Histogram[];
}
export interface Histogram {
  histogram: string;
  bins: { bin: string; people: number }[];
}

// POST /api/v1/me/leaving -> 202 Leaving: the cabinet is deleted after a week; GET -> Leaving | 404; DELETE -> 204: it is not
export interface LeaveInput {
  password: string;
}
export interface Leaving {
  leaving_at: string;
  erased_after: string;
}

// ---- Notices -------------------------------------------------------------------------------------------------
// GET /api/v1/me/notices?cursor= -> NoticePage; GET /api/v1/me/notices/count -> NoticeCount;
// POST /api/v1/me/notices/seen -> NoticeCount
export interface NoticePage {
  items: Notice[]; // newest first
  next_cursor: string | null;
}
export interface Notice {
  id: string;
  kind: 'failure' | 'doubt' | 'account_lost' | 'policy_changed' | 'ticket_answered' | 'ticket_opened' | 'legal_waits';
  code: string; // of the event, the text or the topic
  at: string;
  seen: boolean;
  project_id: number | null;
  publication_id: number | null;
  account_id: number | null;
  ticket_id: number | null;
  version: number | null; // of a text
}
export interface NoticeCount {
  unseen: number; // at most 100
}
export interface NoticesSeen {
  until: string; // id of the newest notice on screen
}

// ---- Support -------------------------------------------------------------------------------------------------
// GET|POST /api/v1/me/tickets; GET /api/v1/me/tickets/{ticket}; POST …/messages, …/close, …/access; DELETE …/access/{access}
// Operator: GET /api/v1/support/tickets; GET /api/v1/support/tickets/{ticket}; POST …/messages, …/close. While access is open the
// operator reads the project's own routes with ?ticket=….
export type TicketTopic = 'policy' | 'data' | 'account' | 'fault' | 'other';
export interface Ticket {
  id: number;
  topic: TicketTopic;
  clause: string | null;
  state: 'open' | 'answered' | 'closed';
  opened_at: string;
  due_at: string;
  overdue: boolean;
  answered_at: string | null;
  closed_at: string | null;
  person: string | null; // for support: whom it is from
}
export interface NewTicket {
  topic: TicketTopic;
  clause?: string;
  text: string;
}
export interface TicketStory {
  ticket: Ticket;
  messages: TicketMessage[];
  access: TicketAccess[];
}
export interface TicketMessage {
  side: 'person' | 'support';
  text: string;
  at: string;
}
export interface TicketAccess {
  id: number;
  project_id: number;
  given_at: string;
  expires_at: string;
  ended_at: string | null;
  open: boolean; // support may look now
  days: string[]; // on which support looked: "2026-11-26"
}
export interface TicketText {
  text: string;
}
export interface NewTicketAccess {
  project_id: number;
  days: number; // 1..14
}

// ---- Registers (operator, in person) ---------------------------------------------------------------------------
// GET|POST /api/v1/registers/legal; POST …/{request}/approvals, …/output, …/end
export type LegalKind = 'name' | 'email' | 'ip_address' | 'device' | 'activity' | 'agreement';
export interface LegalRequest {
  id: number;
  authority: string;
  act_number: string;
  norm: string;
  scope: LegalKind[];
  subject_id: number;
  gag_until: string | null;
  registered_by: string;
  registered_at: string;
  approvals: { by: string; at: string }[];
  outputs: { given: LegalKind[]; by: string; at: string }[];
  ended: 'fulfilled' | 'refused' | null;
  ended_at: string | null;
  waits_for: 'needs_approval' | 'needs_second_operator' | 'rests' | 'ended' | null; // null: its scope may be given
  rests_until: string | null;
}
export interface NewLegalRequest {
  authority: string;
  act_number: string;
  norm: string;
  scope: LegalKind[];
  subject_email: string;
  gag_until?: string;
}
export interface LegalEnd {
  how: 'fulfilled' | 'refused';
}
export interface GivenKind {
  kind: LegalKind;
  values: string[];
}
// GET|POST /api/v1/registers/incidents; GET …/{incident}?locale=; POST …/{incident}/steps, …/disclosures
export interface Incident {
  id: number;
  what: string;
  kinds: string[]; // categories
  noticed_at: string;
  first_due: string;
  result_due: string;
  expires_at: string;
  first_overdue: boolean;
  result_overdue: boolean;
  expired: boolean;
  first_at: string | null;
  result_at: string | null;
  persons_told_at: string | null;
  closed_at: string | null;
  disclosures: { recipient: string; what: string[]; at: string }[];
}
export interface NewIncident {
  what: string;
  kinds: string[];
  noticed_at: string;
}
export interface IncidentStory {
  incident: Incident;
  affected: { kind: string; rows: number; persons: number | null }[]; // null: its rows lead to nobody
  draft_for_authority: string;
  draft_for_persons: string;
}
export interface IncidentStep {
  step: 'authority_first' | 'authority_result' | 'persons_told' | 'closed';
}
export interface NewIncidentDisclosure {
  recipient: string;
  what: string[];
}

// POST /api/v1/me/email { email, password } -> User; POST|DELETE /api/v1/me/restriction -> User
export interface EmailChange {
  email: string;
  password: string;
}
// GET /api/v1/me/disclosures?cursor= -> { items: PassedOn[], next_cursor }: who received what about me, newest first
export interface PassedOn extends DisclosureRow {
  id: number; // kind also: "connect", "disconnect"
  purpose: string;
  outcome_at: string | null;
  project_id: number | null;
  account_id: number | null;
  publication_id: number | null;
  evidence: string;
}
// POST /api/v1/me/exports { password } -> 202 DataExport; GET -> { items: DataExport[] }; DELETE /{id} -> 204
// GET /api/v1/me/exports/{id}/archive -> the ZIP, once
export interface DataExport {
  id: number;
  state: string; // "waiting", "making", "ready", "sending", "fetched", "failed", "over"
  bytes: number | null;
  problem: string | null; // code
  requested_at: string;
  ready_at: string | null;
  expires_at: string | null;
  ended_at: string | null;
}
// POST /api/v1/me/imports { bytes } -> 201 DataImport; PUT /{id}/pieces/{n} (bytes) -> DataImport;
// POST /{id}/submit -> 202 DataImport; GET -> { items: DataImport[] }; DELETE /{id} -> 204
export interface DataImport {
  id: number;
  state: string; // "receiving", "waiting", "reading", "done", "failed", "over"
  bytes: number;
  received: number;
  pieces: number;
  piece_bytes: number;
  problem: Problem | null;
  taken: { projects: number; publications: number; pictures: number; accounts: number } | null;
  requested_at: string;
  ended_at: string | null;
}
// GET /api/v1/me/tokens -> TokenList; POST -> 201 TokenCreated; DELETE /{id} -> 204 (in person, never by a token)
export interface AccessToken {
  id: number;
  label: string;
  scopes: string; // apart by spaces; empty: everything a token may
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null; // to the minute
}
export interface TokenList {
  items: AccessToken[];
  scopes: string[]; // that there are
}
export interface NewToken {
  label: string;
  scopes?: string;
  days?: number;
}
export interface TokenCreated extends AccessToken {
  token: string | null; // shown once; null when the request was repeated
}
// GET /api/v1/invitations -> { items: Invitation[] } (operator); POST -> 201 InvitationCreated; DELETE /{id} -> 204
export interface Invitation {
  id: number;
  project_id: number | null;
  created_at: string;
  expires_at: string;
  used_at: string | null;
}
export interface NewInvitation {
  project_id?: number;
}
export interface InvitationCreated extends Invitation {
  link: string | null; // shown once; null when the request was repeated
}

// ---- Projects and accounts -----------------------------------------------------------------------------------
// GET /api/v1/projects -> { items: Project[] }; POST -> 201 Project; GET|PATCH /api/v1/projects/{project}
export interface Project {
  id: number;
  name: string;
  zone: string; // IANA
  right: 'owner' | 'editor';
  created_at: string;
}
export interface NewProject {
  name: string;
  zone: string;
}
export interface ProjectPatch {
  name?: string;
  zone?: string;
}
// GET /api/v1/zones -> { items: string[] }
// GET /api/v1/projects/{project}/members -> { items: Member[] }
// PATCH …/members/{member} { right } -> { items: Member[] }; DELETE …/members/{member} -> 204 (owners)
export interface Member {
  user_id: number;
  name: string;
  right: 'owner' | 'editor';
}

export type ChannelId = 'own_page' | 'telegram' | 'mastodon' | 'bluesky';
// GET /api/v1/channels -> { items: Channel[] }: the catalogue as data
export interface Channel {
  id: ChannelId;
  name: string; // "Telegram"
  idempotency: 'exactly_once' | 'key' | 'client_identity' | 'read_back' | 'none';
  country: string;
  fields: string[]; // that connecting takes
}

// The text and media rules of one account, from its channel and its server's facts. The counting rule is the
// shared table src/networks/text_rules.json.
export interface AccountRules {
  text: {
    unit: 'grapheme' | 'utf16' | 'code_point' | 'byte';
    limit: number | null; // null: none
    limit_with_pictures: number | null; // Telegram: 1024 with pictures
    max_bytes: number | null; // a second limit on UTF-8 bytes (Bluesky 3000)
    link_length: number | null; // Mastodon: each link counts as 23
    short_mentions: boolean; // Mastodon: @user@host counts as @user
    required: boolean; // text can't be empty without pictures
  };
  pictures: { max: number; alt_max: number | null; max_bytes: number | null; formats: string[] };
}

// GET /api/v1/projects/{project}/accounts -> { items: Account[] }; GET …/accounts/{account}
export interface Account {
  id: number;
  channel: ChannelId;
  title: string; // "Сойка, обжарка"
  handle: string; // "@soyka@mastodon.example", "@soyka_coffee", "/@soyka"
  url: string | null;
  state: 'connected' | 'needs_reconnect' | 'disconnected';
  problem: Problem | null; // why it needs reconnecting, with the fix
  rules: AccountRules;
  idempotency: Channel['idempotency']; // of this account (server software decides)
  server: string | null; // "Mastodon 4.5.1"
  connected_at: string;
  verified_at: string;
  page: { visibility: 'public' | 'private' } | null; // own_page only
  service_chat: boolean | null; // telegram only
}
// POST /api/v1/projects/{project}/accounts -> 201 Account (verified), or 202 Redirect for Mastodon
export type NewAccount =
  | { channel: 'own_page'; handle: string; title: string; acknowledged_public: true }
  | { channel: 'telegram'; token: string; chat: string; service_chat?: string } // chat: "@channel", "-100…" or a t.me link
  | { channel: 'bluesky'; handle: string; app_password: string; pds?: string }
  | { channel: 'mastodon'; instance: string };
export interface Redirect {
  redirect: string; // send the browser there; it comes back to /connect/{channel}/return?code&state
}
// POST /api/v1/connect/return -> 201 Account (finishes what `Redirect` began; bound to this session, once, 10 min)
export interface ConnectReturn {
  state: string;
  code?: string;
  error?: string;
}
// DELETE …/accounts/{account} -> 204 (disconnect = erase)
// POST …/accounts/{account}/reconnect with the body of NewAccount -> 200 Account | 202 Redirect
// PATCH …/accounts/{account}
export interface AccountPatch {
  page_visibility?: 'public' | 'private'; // own_page
  title?: string; // own_page
}

// ---- Files ---------------------------------------------------------------------------------------------------
// POST /api/v1/projects/{project}/files, multipart/form-data with one part "file" -> 201 File
// GET /api/v1/projects/{project}/files/{file}; DELETE -> 204 (409 while used)
// Pictures: GET /files/{project}/{file}/original.jpg|png and …/thumbnail.webp (session, members only)
export interface File {
  id: number;
  name: string;
  mime: 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif';
  width: number;
  height: number;
  bytes: number;
  url: string;
  thumbnail_url: string;
  removed: string[]; // what was taken out: "gps", "exif"
  created_at: string;
}

// ---- Publications --------------------------------------------------------------------------------------------
export interface Picture {
  file_id: number;
  alt: string;
}
export interface Detail {
  account_id: number | null; // null: the base, for every account without its own version
  text: string;
  pictures: Picture[];
  // Not named in a change: stays as it is. null: taken away.
  kind?: string | null; // post, story, reels
  link?: string | null;
  title?: string | null;
  first_comment?: string | null;
  options?: NetworkOptions | null;
}
// Of single networks; one that no chosen account belongs to is refused.
export interface NetworkOptions {
  tiktok_comment?: boolean | null;
  tiktok_duet?: boolean | null;
  tiktok_stitch?: boolean | null;
  tiktok_privacy?: 'public' | 'friends' | 'private' | null;
  youtube_privacy?: 'public' | 'unlisted' | 'private' | null;
  x_reply_settings?: 'everyone' | 'following' | 'mentioned_users' | null;
  instagram_share_to_feed?: boolean | null;
  nsfw?: boolean | null;
}
// When to publish. `draft`: not yet; `now`; `at`: a wall time in the project's zone.
export type When =
  | { kind: 'draft'; wall_time?: string }
  | { kind: 'now' }
  | { kind: 'at'; wall_time: string; fold?: 'earlier' | 'later' };

// POST /api/v1/projects/{project}/publications -> 201 Publication (header Idempotency-Key: any unique string)
// PUT  /api/v1/projects/{project}/publications/{publication} -> Publication (needs `version`; 409 when stale)
export interface PublicationInput {
  account_ids: number[];
  details: Detail[]; // exactly one base, at most one per account
  when: When;
  late_policy?: 'hold' | 'skip'; // default hold
  force?: boolean; // publish although the same text is in doubt for the same account and minute
  version?: number;
  stage?: string | null; // of a draft: draft, template, workflow, approval
  rubric_id?: number | null;
  delete_at?: string | null; // then its posts are deleted over there
}
// POST /api/v1/projects/{project}/preflight with PublicationInput -> Preflight (stores nothing)
export interface Preflight {
  findings: Finding[];
  counts: { account_id: number; used: number; limit: number | null }[];
  resolved: { instant: string; wall_time: string; zone: string; offset: string } | null;
}
export interface Finding {
  severity: 'error' | 'warning'; // errors block scheduling, warnings don't
  code: string; // "text.too_long", "pictures.too_many", "alt.missing", "time.past", "time.gap", "time.overlap"
  account_id: number | null;
  field: string;
  rule: string;
  detail: string;
  how_to_fix: string;
  params: Record<string, string>; // "limit", "used", "over", "before", "after", "earlier", "later"
}

export type PublicationStatus =
  | 'draft' | 'scheduled' | 'publishing' | 'published' | 'error' | 'unknown' | 'cancelled';

// GET /api/v1/projects/{project}/publications?from=&to=&status=&account=&cursor=&limit=
//   -> { items: PublicationCard[], next_cursor: string | null }; from/to are wall dates "2026-11-01" (to: exclusive)
export interface PublicationCard {
  id: number;
  status: PublicationStatus; // worst of its deliveries
  excerpt: string; // first words
  instant: string | null;
  wall_time: string | null;
  account_ids: number[];
  thumbnail_url: string | null;
  counts: { total: number; published: number; waiting_for_person: number };
}
// GET …/publications/{publication}

export interface Publication {
  id: number;
  version: number;
  status: PublicationStatus;
  author: string;
  when: { kind: 'draft' | 'now' | 'at'; wall_time: string | null; zone: string; instant: string | null };
  late_policy: 'hold' | 'skip';
  editable: boolean; // false once a delivery was claimed
  account_ids: number[];
  details: Detail[];
  files: File[];
  deliveries: Delivery[];
  disclosures: DisclosureRow[];
  stage: string | null; // of a draft
  rubric_id: number | null;
  delete_at: string | null;
  created_at: string;
  updated_at: string;
}
export type DeliveryState =
  | 'draft' | 'scheduled' | 'claimed' | 'prepared' | 'sending' | 'retry_wait' | 'unknown' | 'reconciling'
  | 'published' | 'failed' | 'held' | 'expired' | 'cancelled';
export interface Delivery {
  id: number;
  account_id: number;
  channel: ChannelId;
  account_title: string;
  account_handle: string;
  state: DeliveryState;
  status: PublicationStatus; // for colour and icon
  reason: string | null; // "undecided", "missed", "auth", "poison", "restricted", "content", "permission", …
  waiting: { code: string; params: Record<string, string> } | null; // why is this waiting, e.g. "lane.busy", "rate_limited"
  problem: Problem | null; // the last error with its remedy
  due: string;
  sent_at: string | null;
  permalink: string | null;
  generation: number;
  profile_url: string | null; // where to look when in doubt
  actions: ('retry' | 'cancel' | 'confirm_published' | 'publish_again')[];
  events: DeliveryEvent[]; // oldest first
}
export interface DeliveryEvent {
  at: string;
  from: DeliveryState | null;
  to: DeliveryState;
  code: string; // "claimed", "prepared", "intent", "released", "answered", "no_answer", "read_back_found", …
  params: Record<string, string>;
}
export interface DisclosureRow {
  kind: string; // "publish", "look", "refresh"
  recipient: string;
  host: string;
  country: string;
  what: string[]; // "text", "pictures", "alt_text"
  clause: string; // "3.2.2"
  at: string;
  outcome: 'delivered' | 'not_sent' | 'unknown' | null;
}
// DELETE …/publications/{publication} -> 204: a draft is deleted, a planned one cancelled (409 once sending)
// POST …/deliveries/{delivery}/retry -> Publication            (failed, held: missed/auth/poison)
// POST …/deliveries/{delivery}/cancel -> Publication
// POST /api/v1/projects/{project}/publications/bulk { items } -> 201 { items: Publication[] }, all or none
export interface NewPublications {
  items: PublicationInput[]; // 1 to 50
}

// GET …/deliveries/{delivery}/explain -> Explanation
export interface Explanation {
  delivery: Delivery;
  idempotency: string; // how sure a repetition would be: Channel.idempotency, of this account
  next_at: string | null; // when the engine goes on by itself
  tries: Try[];
}
export interface Try {
  step: string;
  phase: string; // intent: no byte left; gate: it may be out; closed
  generation: number;
  epoch: number;
  outcome: string | null;
  begun_at: string;
  gate_at: string | null;
  ended_at: string | null;
}

// GET|POST /api/v1/projects/{project}/rubrics; PATCH|DELETE …/{rubric}
export interface Rubric {
  id: number;
  name: string;
  created_at: string;
}
export interface RubricInput {
  name: string;
}

// POST …/deliveries/{delivery}/resolve { found: "there", permalink? } | { found: "absent", may_double: true } -> Publication
//   (all under /api/v1/projects/{project}/)
// GET /api/v1/projects/{project}/pulse -> Pulse: the line in the corner
export interface Pulse {
  on_time: boolean;
  last_published_at: string | null;
  waiting_for_person: number;
  missed: number; // of these: their time passed before they could be sent
  missed_from: string | null; // their planned times
  missed_to: string | null;
  problem: string | null; // why nothing is sent: "storage.full", "clock.jumped" …
}
