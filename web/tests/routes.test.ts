import { describe, expect, it } from 'vitest';
import { href, match, routes } from '../src/app/routes';
import { decide, nextAfterSignIn } from '../src/app/visit';

const nobody = { setUp: true, user: undefined, projects: [] };
const user = { setUp: true, user: { role: 'user' as const }, projects: [{ id: 7 }] };
const operator = { ...user, user: { role: 'operator' as const } };
const visit = (address: string, who: Parameters<typeof decide>[2]) =>
  decide(match(address.split('?')[0] ?? ''), address, who);

describe('the route table', () => {
  it('finds every route by its own address', () => {
    const params = {
      project: 7,
      publication: 12,
      token: 'abc',
      channel: 'mastodon',
      purpose: 'improve',
      ticket: 3,
      incident: 4,
    };
    for (const route of routes) expect(match(href(route.name, params))?.route.name).toBe(route.name);
  });
  it('prefers fixed parts to named ones', () => {
    expect(match('/p/7/publications/new')?.route.name).toBe('compose');
    expect(match('/p/7/publications/12')?.params).toEqual({ project: '7', publication: '12' });
  });
  it('ignores a slash at the end and decodes parameters', () => {
    expect(match('/me/')?.route.name).toBe('me');
    expect(match('/invite/a%2Fb')?.params.token).toBe('a/b');
  });
  it('knows no other address and survives broken encoding', () => {
    expect(match('/nowhere')).toBeUndefined();
    expect(match('/invite/%E0%A4%A')).toBeUndefined();
  });
  it('refuses to build an address with a part missing', () => {
    expect(() => href('calendar')).toThrow('project');
  });
});

describe('a visit', () => {
  it('leads to set-up while the server is not set up, except to the texts', () => {
    const fresh = { setUp: false, user: undefined, projects: [] };
    expect(visit('/me', fresh)).toEqual({ kind: 'go', to: '/setup' });
    expect(visit('/setup', fresh).kind).toBe('show');
    expect(visit('/policy', fresh).kind).toBe('show');
    expect(visit('/privacy/data', fresh).kind).toBe('show');
    expect(visit('/signup', fresh)).toEqual({ kind: 'go', to: '/setup' });
  });
  it('asks to sign in and remembers where to', () => {
    expect(visit('/p/7/accounts?a=1', nobody)).toEqual({ kind: 'go', to: '/signin?next=%2Fp%2F7%2Faccounts%3Fa%3D1' });
    expect(visit('/', nobody)).toEqual({ kind: 'go', to: '/signin' });
  });
  it('shows a project only to its members', () => {
    expect(visit('/p/7/calendar', user).kind).toBe('show');
    expect(visit('/p/8/calendar', user).kind).toBe('missing');
  });
  it('shows the server page only to the operator', () => {
    expect(visit('/server', user).kind).toBe('missing');
    expect(visit('/server', operator).kind).toBe('show');
  });
  it('leads a signed-in person away from signing in', () => {
    expect(visit('/signin?next=%2Fme', user)).toEqual({ kind: 'go', to: '/me' });
  });
  it('shows nothing but the texts while one of them is not acknowledged', () => {
    const behind = { ...user, unread: true };
    expect(visit('/p/7/calendar', behind)).toEqual({ kind: 'go', to: '/acknowledge?next=%2Fp%2F7%2Fcalendar' });
    expect(visit('/signin', behind)).toEqual({ kind: 'go', to: '/acknowledge?next=%2Fsignin' });
    expect(visit('/acknowledge', behind).kind).toBe('show');
    expect(visit('/policy', behind).kind).toBe('show');
    expect(visit('/acknowledge?next=%2Fme', user)).toEqual({ kind: 'go', to: '/me' });
  });
  it('never leads to another site', () => {
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)', '']) {
      expect(nextAfterSignIn(new URLSearchParams({ next }))).toBe('/');
    }
  });
});
