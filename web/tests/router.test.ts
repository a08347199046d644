import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { guardLeaving, navigate, router, setQuery, startRouter } from '../src/app/router.svelte';

let stop: () => void;
beforeEach(() => {
  stop = startRouter();
  navigate('/me', { replace: true, force: true });
  router.show(router.wanted);
});
afterEach(() => {
  stop();
  document.body.replaceChildren();
});

// Did the router take this click? Asked after it had its turn, before the browser has its own.
function takes(html: string, init: MouseEventInit = {}): boolean {
  let taken = false;
  addEventListener(
    'click',
    (event) => {
      taken = event.defaultPrevented;
      event.preventDefault();
    },
    { once: true },
  );
  const holder = document.createElement('div');
  const link = document.createElement('a');
  for (const [name, value] of new URLSearchParams(html)) link.setAttribute(name, value);
  holder.append(link);
  document.body.append(holder);
  link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...init }));
  return taken;
}

describe('the router', () => {
  test('follows links to its own pages', () => {
    expect(takes('href=/signin')).toBe(true);
    expect(router.wanted.match?.route.name).toBe('signin');
  });

  test.each([
    ['a new tab', 'href=/signin&target=_blank', {}],
    ['a click with Ctrl', 'href=/signin', { ctrlKey: true }],
    ['another site', 'href=https://other.example/me', {}],
    ['an own page of the server', 'href=/@soyka', {}],
    ['a download', 'href=/policy&download=x', {}],
  ])('leaves %s to the browser', (_, html, init) => {
    expect(takes(html, init)).toBe(false);
    expect(router.wanted.path).toBe('/me');
  });

  test('shows a page its own parameters until the next one is ready', () => {
    navigate('/p/1/publications/5');
    router.show(router.wanted);
    navigate('/p/2/calendar');
    expect(router.params).toEqual({ project: '1', publication: '5' });
    expect(router.wanted.match?.params).toEqual({ project: '2' });
  });

  test('changes parameters of the address in place', () => {
    setQuery({ view: 'list', status: 'error' });
    expect(router.query.get('view')).toBe('list');
    setQuery({ view: null });
    expect(location.search).toBe('?status=error');
  });

  test('asks before leaving unsaved words, and only then', () => {
    const ask = vi.fn(() => false);
    const release = guardLeaving(ask);
    navigate('/me?tab=2');
    expect(ask).not.toHaveBeenCalled();
    navigate('/signin');
    expect(ask).toHaveBeenCalledOnce();
    expect(router.wanted.path).toBe('/me');
    release();
    navigate('/signin');
    expect(router.wanted.path).toBe('/signin');
  });
});
