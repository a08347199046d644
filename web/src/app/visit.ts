// What a visit to an address comes to: a page, another address, or "not found". Pure: tested without a browser.
import type { Project, User } from '../lib/api';
import { href, match as routeOf, type Match, type Route } from './routes';

export interface Visitor {
  setUp: boolean;
  user: Pick<User, 'role'> | undefined;
  projects: Pick<Project, 'id'>[];
  unread?: boolean; // a text has to be acknowledged before anything else
}

export type Verdict = { kind: 'show' } | { kind: 'go'; to: string } | { kind: 'missing' };

const SHOW: Verdict = { kind: 'show' };
const MISSING: Verdict = { kind: 'missing' };

// `address` is path and query, to come back to after signing in.
export function decide(match: Match | undefined, address: string, who: Visitor): Verdict {
  const route = match?.route;
  if (!who.setUp) {
    const readable = route?.needs === 'setup' || (route && isText(route));
    return readable ? SHOW : { kind: 'go', to: href('setup') };
  }
  if (!match || !route) return MISSING;
  if (route.needs === 'session' && !who.user) {
    const query = address === '/' ? '' : new URLSearchParams({ next: address }).toString();
    return { kind: 'go', to: href('signin', {}, query) };
  }
  if (who.user && who.unread && !route.reading && !isText(route)) {
    const query = address === '/' ? '' : new URLSearchParams({ next: address }).toString();
    return { kind: 'go', to: href('acknowledge', {}, query) };
  }
  if ((route.guest && who.user) || (route.reading && !who.unread))
    return { kind: 'go', to: nextAfterSignIn(new URL(address, 'http://localhost').searchParams) };
  if (route.operator && who.user?.role !== 'operator') return MISSING;
  const { project } = match.params;
  if (project !== undefined && !who.projects.some((one) => String(one.id) === project)) return MISSING;
  return SHOW;
}

// The policy, the terms, what is kept: everybody reads them at any time.
const isText = (route: Route) => route.needs === 'anonymous' && route.frame === 'plain' && route.name !== 'support';

// Only a page of this application: "//elsewhere" and "https:…" would lead away.
export function nextAfterSignIn(query: URLSearchParams): string {
  const next = query.get('next') ?? '';
  const own = /^\/(?![/\\])/.test(next) && routeOf(next.split('?')[0] ?? '') !== undefined;
  return own ? next : href('home');
}
