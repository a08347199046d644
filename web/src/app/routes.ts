// Every page of the application, as data: the router, the browser tests and the navigation read this one table.
// `needs`: setup = only while the server is not set up; anonymous = no session needed; session = signed in.
import type { Component } from 'svelte';

export interface Route {
  name: RouteName;
  path: string; // ":name" is a part without slashes
  needs: 'setup' | 'anonymous' | 'session';
  frame: 'entry' | 'plain' | 'shell'; // sign-up frame, bare page, the application with its navigation
  operator?: true; // only the operator sees it
  guest?: true; // of no use with a session: leads home
  reading?: true; // of use only while a text has to be acknowledged: leads home otherwise
  load: () => Promise<{ default: Component }>;
}

export type RouteName =
  | 'home'
  | 'setup'
  | 'signup'
  | 'invite'
  | 'signin'
  | 'policy'
  | 'terms'
  | 'personal-data'
  | 'statistics'
  | 'reference'
  | 'acknowledge'
  | 'choices'
  | 'choice'
  | 'notices'
  | 'support'
  | 'ticket'
  | 'support-queue'
  | 'support-ticket'
  | 'registers'
  | 'incident'
  | 'new-project'
  | 'calendar'
  | 'publications'
  | 'compose'
  | 'edit'
  | 'publication'
  | 'accounts'
  | 'settings'
  | 'connect-return'
  | 'me'
  | 'me-security'
  | 'me-agreements'
  | 'me-data'
  | 'me-disclosures'
  | 'me-transfer'
  | 'me-restriction'
  | 'me-leave'
  | 'instance';

// prettier-ignore
export const routes: readonly Route[] = [
  { name: 'home', path: '/', needs: 'session', frame: 'plain', load: () => import('../features/first/HomePage.svelte') },
  { name: 'setup', path: '/setup', needs: 'setup', frame: 'entry', load: () => import('../features/entry/SetUpPage.svelte') },
  { name: 'signup', path: '/signup', needs: 'anonymous', frame: 'entry', guest: true, load: () => import('../features/entry/SignUpPage.svelte') },
  { name: 'invite', path: '/invite/:token', needs: 'anonymous', frame: 'entry', load: () => import('../features/entry/SignUpPage.svelte') },
  { name: 'signin', path: '/signin', needs: 'anonymous', frame: 'entry', guest: true, load: () => import('../features/entry/SignInPage.svelte') },
  { name: 'policy', path: '/policy', needs: 'anonymous', frame: 'plain', load: () => import('../features/legal/PolicyPage.svelte') },
  { name: 'terms', path: '/terms', needs: 'anonymous', frame: 'plain', load: () => import('../features/legal/TermsPage.svelte') },
  { name: 'personal-data', path: '/privacy/data', needs: 'anonymous', frame: 'plain', load: () => import('../features/legal/PersonalDataPage.svelte') },
  { name: 'statistics', path: '/privacy/statistics', needs: 'anonymous', frame: 'plain', load: () => import('../features/legal/StatisticsPage.svelte') },
  { name: 'reference', path: '/developers', needs: 'anonymous', frame: 'plain', load: () => import('../features/reference/ReferencePage.svelte') },
  { name: 'acknowledge', path: '/acknowledge', needs: 'session', frame: 'plain', reading: true, load: () => import('../features/legal/AcknowledgePage.svelte') },
  { name: 'choices', path: '/privacy/choices', needs: 'session', frame: 'shell', load: () => import('../features/choices/ChoicesPage.svelte') },
  { name: 'choice', path: '/privacy/choices/:purpose', needs: 'session', frame: 'shell', load: () => import('../features/choices/ChoicePage.svelte') },
  { name: 'notices', path: '/notices', needs: 'session', frame: 'shell', load: () => import('../features/notices/NoticesPage.svelte') },
  { name: 'support', path: '/support', needs: 'anonymous', frame: 'plain', load: () => import('../features/support/SupportPage.svelte') },
  { name: 'ticket', path: '/support/:ticket', needs: 'session', frame: 'shell', load: () => import('../features/support/TicketPage.svelte') },
  { name: 'support-queue', path: '/server/support', needs: 'session', frame: 'shell', operator: true, load: () => import('../features/support/QueuePage.svelte') },
  { name: 'support-ticket', path: '/server/support/:ticket', needs: 'session', frame: 'shell', operator: true, load: () => import('../features/support/AnswerPage.svelte') },
  { name: 'registers', path: '/server/registers', needs: 'session', frame: 'shell', operator: true, load: () => import('../features/registers/RegistersPage.svelte') },
  { name: 'incident', path: '/server/registers/incidents/:incident', needs: 'session', frame: 'shell', operator: true, load: () => import('../features/registers/IncidentPage.svelte') },
  { name: 'new-project', path: '/projects/new', needs: 'session', frame: 'entry', load: () => import('../features/first/NewProjectPage.svelte') },
  { name: 'calendar', path: '/p/:project/calendar', needs: 'session', frame: 'shell', load: () => import('../features/calendar/CalendarPage.svelte') },
  { name: 'publications', path: '/p/:project/publications', needs: 'session', frame: 'shell', load: () => import('../features/calendar/ListPage.svelte') },
  { name: 'compose', path: '/p/:project/publications/new', needs: 'session', frame: 'shell', load: () => import('../features/composer/ComposerPage.svelte') },
  { name: 'publication', path: '/p/:project/publications/:publication', needs: 'session', frame: 'shell', load: () => import('../features/publication/PublicationPage.svelte') },
  { name: 'edit', path: '/p/:project/publications/:publication/edit', needs: 'session', frame: 'shell', load: () => import('../features/composer/ComposerPage.svelte') },
  { name: 'accounts', path: '/p/:project/accounts', needs: 'session', frame: 'shell', load: () => import('../features/accounts/AccountsPage.svelte') },
  { name: 'settings', path: '/p/:project/settings', needs: 'session', frame: 'shell', load: () => import('../features/settings/SettingsPage.svelte') },
  { name: 'connect-return', path: '/connect/:channel/return', needs: 'session', frame: 'plain', load: () => import('../features/accounts/ConnectReturnPage.svelte') },
  { name: 'me', path: '/me', needs: 'session', frame: 'shell', load: () => import('../features/me/MePage.svelte') },
  { name: 'me-security', path: '/me/security', needs: 'session', frame: 'shell', load: () => import('../features/me/MePage.svelte') },
  { name: 'me-agreements', path: '/me/agreements', needs: 'session', frame: 'shell', load: () => import('../features/me/MePage.svelte') },
  { name: 'me-data', path: '/me/data', needs: 'session', frame: 'shell', load: () => import('../features/me/MePage.svelte') },
  { name: 'me-disclosures', path: '/me/disclosures', needs: 'session', frame: 'shell', load: () => import('../features/me/MePage.svelte') },
  { name: 'me-transfer', path: '/me/transfer', needs: 'session', frame: 'shell', load: () => import('../features/me/MePage.svelte') },
  { name: 'me-restriction', path: '/me/restriction', needs: 'session', frame: 'shell', load: () => import('../features/me/MePage.svelte') },
  { name: 'me-leave', path: '/me/leave', needs: 'session', frame: 'shell', load: () => import('../features/me/MePage.svelte') },
  { name: 'instance', path: '/server', needs: 'session', frame: 'shell', operator: true, load: () => import('../features/instance/InstancePage.svelte') },
];

export interface Match {
  route: Route;
  params: Record<string, string>;
}

// The first route whose path fits; fixed parts stand before ":named" ones in the table.
export function match(pathname: string): Match | undefined {
  const parts = split(pathname);
  for (const route of routes) {
    const params = fit(split(route.path), parts);
    if (params) return { route, params };
  }
  return undefined;
}

// The address of a route. Missing parameters are a mistake in the code and throw.
export function href(name: RouteName, params: Record<string, string | number> = {}, query = ''): string {
  const route = routes.find((candidate) => candidate.name === name);
  if (!route) throw new Error(`no route ${name}`);
  const path = route.path.replace(/:(\w+)/g, (_, key: string) => {
    const value = params[key];
    if (value === undefined) throw new Error(`route ${name} needs ${key}`);
    return encodeURIComponent(value);
  });
  return query ? `${path}?${query}` : path;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function fit(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const actual = parts[i] ?? '';
    if (!expected.startsWith(':')) {
      if (expected !== actual) return undefined;
      continue;
    }
    try {
      params[expected.slice(1)] = decodeURIComponent(actual);
    } catch {
      return undefined;
    }
  }
  return params;
}
