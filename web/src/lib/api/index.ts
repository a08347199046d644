// Every route of /api/v1 as a typed function. Shapes: contract.ts.
import { call, type Query } from './client';
import type * as c from './contract';
import type { ApiDocument } from './document';

export { Failure, isAbort, problemOf } from './client';
export type * from './contract';

interface Items<T> {
  items: T[];
}

const part = encodeURIComponent;
const get = <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>(path, { query, signal });
const list = async <T>(path: string, query?: Query) => (await get<Items<T>>(path, query)).items;
const post = <T>(path: string, body?: unknown, headers?: Record<string, string>) =>
  call<T>(path, { method: 'POST', body, headers });
const patch = <T>(path: string, body: unknown) => call<T>(path, { method: 'PATCH', body });
const put = <T>(path: string, body: unknown) => call<T>(path, { method: 'PUT', body });
const remove = (path: string) => call<void>(path, { method: 'DELETE' });

export const api = {
  reference: () => get<ApiDocument>('/openapi.json'),
  instance: () => get<c.Instance>('/instance'),
  changeInstance: (change: c.InstancePatch) => patch<c.Instance>('/instance', change),
  checkSetUp: (token: string) => get<void>('/setup', { token }),
  setUp: (body: c.SetUp) => post<c.Session>('/setup', body),
  document: (kind: c.LegalDocument['kind'], locale: c.Locale) => get<c.LegalDocument>(`/documents/${kind}`, { locale }),
  documentChanges: (kind: c.LegalDocument['kind'], since: number, locale: c.Locale) =>
    list<c.DocumentChange>(`/documents/${kind}/changes`, { since, locale }),
  privacyDefinition: () => get<c.PrivacyDefinition>('/privacy/definition'),
  statistics: () => get<c.Statistics>('/privacy/statistics'),
  improvement: () => get<c.Statistics>('/improvement'),
  destructionActs: () => list<c.DestructionAct>('/destruction-acts'),

  signUp: (body: c.SignUp) => post<c.Session>('/signup', body),
  signUpByLetter: (body: c.LetterSignUp) => post<void>('/signup/letter', body),
  confirmAgain: (body: c.AddressInput) => post<void>('/confirmations/letter', body),
  confirm: (body: c.LinkInput) => post<c.Session>('/confirmations', body),
  askForPassword: (body: c.AddressInput) => post<void>('/password/letter', body),
  setPassword: (body: c.LinkInput) => post<void>('/password', body),
  myLetterAgain: () => post<void>('/me/email/letter'),
  letterChoice: () => get<c.LetterChoice>('/me/letters'),
  chooseLetters: (body: c.LetterChoice) => put<c.LetterChoice>('/me/letters', body),
  endLetters: (token: string) => post<void>('/letters/unsubscribe', { token }),
  mail: () => get<c.Mail>('/instance/mail'),
  sendTestLetter: () => post<void>('/instance/mail/test'),
  signIn: (body: c.SignIn) => call<c.Session>('/session', { method: 'POST', body, quiet: true }),
  session: () => call<c.Session>('/session', { quiet: true }),
  signOut: () => call<void>('/session', { method: 'DELETE', quiet: true }),
  changeMe: (change: c.MePatch) => patch<c.User>('/me', change),
  changePassword: (change: c.PasswordChange) => post<void>('/me/password', change),
  sessions: () => list<c.SessionRow>('/me/sessions'),
  endSession: (id: number) => remove(`/me/sessions/${id}`),
  endOtherSessions: () => remove('/me/sessions'),
  tokens: () => get<c.TokenList>('/me/tokens'),
  createToken: (body: c.NewToken) => post<c.TokenCreated>('/me/tokens', body),
  revokeToken: (id: number) => remove(`/me/tokens/${id}`),
  acknowledgements: () => list<c.Acknowledgement>('/me/acknowledgements'),
  leave: (body: c.LeaveInput) => post<c.Leaving>('/me/leaving', body),
  acknowledge: (body: c.NewAcknowledgement) => post<c.Session>('/me/acknowledgements', body),
  choices: () => list<c.Choice>('/me/choices'),
  choose: async (purpose: c.DecidedPurpose, body: c.ChoiceInput) =>
    (await put<Items<c.Choice>>(`/me/choices/${part(purpose)}`, body)).items,

  notices: (cursor?: string) => get<c.NoticePage>('/me/notices', { cursor }),
  noticeCount: () => get<c.NoticeCount>('/me/notices/count'),
  noticesSeen: (body: c.NoticesSeen) => post<c.NoticeCount>('/me/notices/seen', body),

  tickets: () => list<c.Ticket>('/me/tickets'),
  openTicket: (body: c.NewTicket) => post<c.Ticket>('/me/tickets', body),
  ticket: (id: number) => get<c.TicketStory>(`/me/tickets/${id}`),
  writeInTicket: (id: number, body: c.TicketText) => post<c.TicketStory>(`/me/tickets/${id}/messages`, body),
  closeTicket: (id: number) => post<c.TicketStory>(`/me/tickets/${id}/close`),
  giveAccess: (id: number, body: c.NewTicketAccess) => post<c.TicketStory>(`/me/tickets/${id}/access`, body),
  endAccess: (id: number, access: number) =>
    call<c.TicketStory>(`/me/tickets/${id}/access/${access}`, { method: 'DELETE' }),
  supportQueue: () => list<c.Ticket>('/support/tickets'),
  supportTicket: (id: number) => get<c.TicketStory>(`/support/tickets/${id}`),
  answerTicket: (id: number, body: c.TicketText) => post<c.TicketStory>(`/support/tickets/${id}/messages`, body),
  closeTicketForSupport: (id: number) => post<c.TicketStory>(`/support/tickets/${id}/close`),
  projectForSupport: (project: number, ticket: number) => get<c.Project>(`/projects/${project}`, { ticket }),
  accountsForSupport: (project: number, ticket: number) => list<c.Account>(`/projects/${project}/accounts`, { ticket }),
  publicationsForSupport: (project: number, ticket: number) =>
    get<Items<c.PublicationCard> & { next_cursor: string | null }>(`/projects/${project}/publications`, { ticket }),
  changeEmail: (body: c.EmailChange) => post<c.User>('/me/email', body),
  restrictMe: () => post<c.User>('/me/restriction'),
  liftRestriction: () => call<c.User>('/me/restriction', { method: 'DELETE' }),
  leaving: () => get<c.Leaving>('/me/leaving'),
  stay: () => remove('/me/leaving'),
  passedOn: (cursor?: string) => get<Items<c.PassedOn> & { next_cursor: string | null }>('/me/disclosures', { cursor }),
  exports: () => list<c.DataExport>('/me/exports'),
  askForExport: (password: string) => post<c.DataExport>('/me/exports', { password }),
  removeExport: (id: number) => remove(`/me/exports/${id}`),
  imports: () => list<c.DataImport>('/me/imports'),
  beginImport: (bytes: number) => post<c.DataImport>('/me/imports', { bytes }),
  sendPiece: (id: number, piece: number, bytes: Blob) =>
    call<c.DataImport>(`/me/imports/${id}/pieces/${piece}`, { method: 'PUT', body: bytes }),
  submitImport: (id: number) => post<c.DataImport>(`/me/imports/${id}/submit`),
  removeImport: (id: number) => remove(`/me/imports/${id}`),

  legalRequests: () => list<c.LegalRequest>('/registers/legal'),
  enterLegalRequest: (body: c.NewLegalRequest) => post<c.LegalRequest>('/registers/legal', body),
  approveLegalRequest: (id: number) => post<c.LegalRequest>(`/registers/legal/${id}/approvals`),
  giveLegalOutput: async (id: number) => (await post<Items<c.GivenKind>>(`/registers/legal/${id}/output`)).items,
  endLegalRequest: (id: number, body: c.LegalEnd) => post<c.LegalRequest>(`/registers/legal/${id}/end`, body),
  incidents: () => list<c.Incident>('/registers/incidents'),
  enterIncident: (body: c.NewIncident) => post<c.Incident>('/registers/incidents', body),
  incident: (id: number, locale: c.Locale) => get<c.IncidentStory>(`/registers/incidents/${id}`, { locale }),
  takeIncidentStep: (id: number, body: c.IncidentStep) => post<c.Incident>(`/registers/incidents/${id}/steps`, body),
  discloseForIncident: (id: number, body: c.NewIncidentDisclosure) =>
    post<c.Incident>(`/registers/incidents/${id}/disclosures`, body),

  invitation: (token: string) => get<c.InvitationView>(`/invitations/${part(token)}`),
  invitations: () => list<c.Invitation>('/invitations'),
  invite: (body: c.NewInvitation) => post<c.InvitationCreated>('/invitations', body),
  revokeInvitation: (id: number) => remove(`/invitations/${id}`),

  zones: () => list<string>('/zones'),
  projects: () => list<c.Project>('/projects'),
  createProject: (body: c.NewProject) => post<c.Project>('/projects', body),
  project: (project: number) => get<c.Project>(`/projects/${project}`),
  changeProject: (project: number, change: c.ProjectPatch) => patch<c.Project>(`/projects/${project}`, change),
  members: (project: number) => list<c.Member>(`/projects/${project}/members`),
  changeMember: async (project: number, member: number, right: c.Member['right']) =>
    (await patch<Items<c.Member>>(`/projects/${project}/members/${member}`, { right })).items,
  removeMember: (project: number, member: number) => remove(`/projects/${project}/members/${member}`),
  pulse: (project: number) => get<c.Pulse>(`/projects/${project}/pulse`),

  channels: () => list<c.Channel>('/channels'),
  accounts: (project: number) => list<c.Account>(`/projects/${project}/accounts`),
  account: (project: number, account: number) => get<c.Account>(`/projects/${project}/accounts/${account}`),
  connect: (project: number, body: c.NewAccount) => post<c.Account | c.Redirect>(`/projects/${project}/accounts`, body),
  reconnect: (project: number, account: number, body: c.NewAccount) =>
    post<c.Account | c.Redirect>(`/projects/${project}/accounts/${account}/reconnect`, body),
  connectReturn: (body: c.ConnectReturn) => post<c.Account>('/connect/return', body),
  changeAccount: (project: number, account: number, change: c.AccountPatch) =>
    patch<c.Account>(`/projects/${project}/accounts/${account}`, change),
  disconnect: (project: number, account: number) => remove(`/projects/${project}/accounts/${account}`),
  withdraw: (project: number, account: number) =>
    post<c.Withdrawal>(`/projects/${project}/accounts/${account}/withdrawal`),

  rubrics: (project: number) => list<c.Rubric>(`/projects/${project}/rubrics`),
  createRubric: (project: number, body: c.RubricInput) => post<c.Rubric>(`/projects/${project}/rubrics`, body),
  renameRubric: (project: number, rubric: number, body: c.RubricInput) =>
    patch<c.Rubric>(`/projects/${project}/rubrics/${rubric}`, body),
  removeRubric: (project: number, rubric: number) => remove(`/projects/${project}/rubrics/${rubric}`),

  upload: (project: number, file: Blob, name: string) => {
    const form = new FormData();
    form.append('file', file, name);
    return post<c.File>(`/projects/${project}/files`, form);
  },
  file: (project: number, file: number) => get<c.File>(`/projects/${project}/files/${file}`),
  removeFile: (project: number, file: number) => remove(`/projects/${project}/files/${file}`),

  publications: (project: number, query: Query, signal?: AbortSignal) =>
    get<Items<c.PublicationCard> & { next_cursor: string | null }>(`/projects/${project}/publications`, query, signal),
  publication: (project: number, id: number) => get<c.Publication>(`/projects/${project}/publications/${id}`),
  createPublication: (project: number, body: c.PublicationInput, key: string) =>
    post<c.Publication>(`/projects/${project}/publications`, body, { 'Idempotency-Key': key }),
  createPublications: (project: number, body: c.NewPublications) =>
    post<Items<c.Publication>>(`/projects/${project}/publications/bulk`, body),
  savePublication: (project: number, id: number, body: c.PublicationInput) =>
    put<c.Publication>(`/projects/${project}/publications/${id}`, body),
  removePublication: (project: number, id: number) => remove(`/projects/${project}/publications/${id}`),
  preflight: (project: number, body: c.PublicationInput) => post<c.Preflight>(`/projects/${project}/preflight`, body),
  retryDelivery: (project: number, id: number) => post<c.Publication>(`/projects/${project}/deliveries/${id}/retry`),
  cancelDelivery: (project: number, id: number) => post<c.Publication>(`/projects/${project}/deliveries/${id}/cancel`),
  explainDelivery: (project: number, id: number) => get<c.Explanation>(`/projects/${project}/deliveries/${id}/explain`),
  confirmPublished: (project: number, id: number, permalink?: string) =>
    post<c.Publication>(`/projects/${project}/deliveries/${id}/resolve`, { found: 'there', permalink }),
  publishAgain: (project: number, id: number) =>
    post<c.Publication>(`/projects/${project}/deliveries/${id}/resolve`, { found: 'absent', may_double: true }),
};
