// Where the person is. Links are plain <a href>: a click inside the application is followed here, everything else
// (new tab, other origin, download) is left to the browser.
import { match, type Match } from './routes';

export interface Place {
  path: string;
  search: string;
  match: Match | undefined;
}

const place = (): Place => ({ path: location.pathname, search: location.search, match: match(location.pathname) });

// `wanted` follows the address at once; `shown` is what is on screen, once its code has loaded. Pages read `shown`, so
// a page never sees the parameters of the next one.
let wanted = $state.raw<Place>(place());
let shown = $state.raw<Place>(place());
let blocker: (() => boolean) | undefined;

export const router = {
  get wanted(): Place {
    return wanted;
  },
  get shown(): Place {
    return shown;
  },
  get params(): Record<string, string> {
    return shown.match?.params ?? {};
  },
  get query(): URLSearchParams {
    return new URLSearchParams(shown.search);
  },
  // The application calls it when the page of `place` is ready.
  show(ready: Place): void {
    shown = ready;
  },
};

// Asks before leaving (unsaved text): `ask` answers true to go. Returns how to stop asking.
export function guardLeaving(ask: () => boolean): () => void {
  blocker = ask;
  return () => {
    if (blocker === ask) blocker = undefined;
  };
}

export function navigate(to: string, options: { replace?: boolean; force?: boolean } = {}): void {
  const url = new URL(to, location.href);
  if (url.pathname !== location.pathname && !options.force && blocker && !blocker()) return;
  history[options.replace ? 'replaceState' : 'pushState'](null, '', url);
  follow();
}

// Changes parameters of the address without leaving the page: filters, chosen day. null removes one.
export function setQuery(
  change: Record<string, string | null>,
  options: { replace?: boolean } = { replace: true },
): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(location.pathname + (text ? `?${text}` : ''), options);
}

export function startRouter(): () => void {
  const onClick = (event: MouseEvent) => {
    const to = linkOf(event);
    if (!to) return;
    event.preventDefault();
    navigate(to);
  };
  addEventListener('popstate', follow);
  document.addEventListener('click', onClick);
  return () => {
    removeEventListener('popstate', follow);
    document.removeEventListener('click', onClick);
  };
}

function follow(): void {
  wanted = place();
  if (wanted.path === shown.path) shown = wanted;
}

function linkOf(event: MouseEvent): string | undefined {
  if (event.defaultPrevented || event.button !== 0) return undefined;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || !link.href || link.target || link.hasAttribute('download')) return undefined;
  const url = new URL(link.href);
  if (url.origin !== location.origin) return undefined;
  if (url.hash && url.pathname === location.pathname && url.search === location.search) return undefined;
  return match(url.pathname) ? url.pathname + url.search + url.hash : undefined;
}
