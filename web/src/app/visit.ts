// What a visit to an address comes to: a page, another address, or "not found". Pure: tested without a browser.
import type { Project, User } from '../lib/api';
import type { Match } from './routes';

export interface Visitor {
  setUp: boolean;
  user: Pick<User, 'role'> | undefined;
  projects: Pick<Project, 'id'>[];
}

export type Verdict = { kind: 'show'; match: Match } | { kind: 'go'; to: string } | { kind: 'missing' };

export function decide(match: Match | undefined, path: string, query: URLSearchParams, who: Visitor): Verdict {
  if (!match) return { kind: 'missing' };
  const { route, params } = match;
  if (!who.setUp) {
    const readable = route.needs === 'setup' || route.name === 'policy' || route.name === 'terms';
    return readable ? { kind: 'show', match } : { kind: 'go', to: '/setup' };
  }
  if (route.needs === 'setup') return { kind: 'go', to: '/' };
  if (route.needs === 'session' && !who.user) {
    return { kind: 'go', to: path === '/' ? '/signin' : `/signin?next=${encodeURIComponent(path)}` };
  }
  if (route.guest && who.user) return { kind: 'go', to: nextAfterSignIn(query) };
  if (route.operator && who.user?.role !== 'operator') return { kind: 'missing' };
  if (params.project !== undefined && !who.projects.some((project) => String(project.id) === params.project)) {
    return { kind: 'missing' };
  }
  return { kind: 'show', match };
}

// Only an address of this application: "//elsewhere" and "https:…" would lead away.
export function nextAfterSignIn(query: URLSearchParams): string {
  const next = query.get('next') ?? '';
  return /^\/(?![/\\])/.test(next) ? next : '/';
}
