// Changes as they happen: one stream of the server for all tabs of this browser.
//
// The tab that holds the lock listens (GET /api/v1/events) and tells the others. Where a browser has no locks (plain http that is
// not this machine) there is no stream, and pages look now and then as they do while it is broken (resource.svelte.ts).
export interface Change {
  topic: string; // "delivery.published", "publication.changed"
  project_id: number;
  publication_id: number;
  delivery_id?: number;
  at: string;
}
// `null`: too much was missed to tell; everything shown may be old.
export type Listener = (change: Change | null) => void;

type Word = { kind: 'change'; change: Change | null } | { kind: 'alive' };

const NAME = 'postmypost.events';
const ALIVE_EVERY = 5_000;
const RETRY = 15_000;

const listeners = new Set<Listener>();
let aliveUntil = 0;
let channel: BroadcastChannel | undefined;
let stop: AbortController | undefined;

export function isLive(): boolean {
  return performance.now() < aliveUntil;
}

export function whenChanged(listener: Listener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) start();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) end();
  };
}

function hear(word: Word): void {
  if (word.kind === 'alive') aliveUntil = performance.now() + 2.5 * ALIVE_EVERY;
  else for (const listener of listeners) listener(word.change);
}

function start(): void {
  if (typeof EventSource === 'undefined' || !navigator.locks) return;
  const ending = (stop = new AbortController());
  channel = new BroadcastChannel(NAME);
  channel.onmessage = (event: MessageEvent<Word>) => hear(event.data);
  const lead = () => new Promise<void>((resolve) => listen(ending.signal, resolve));
  navigator.locks.request(NAME, { signal: ending.signal }, lead).catch(() => {
    // Ended before it was this tab's turn.
  });
}

function end(): void {
  stop?.abort();
  channel?.close();
  channel = undefined;
  aliveUntil = 0;
}

function listen(signal: AbortSignal, done: () => void): void {
  let source: EventSource;
  const tell = (word: Word): void => {
    hear(word);
    channel?.postMessage(word);
  };
  const open = (): void => {
    source = new EventSource('/api/v1/events');
    source.addEventListener('change', (event) =>
      tell({ kind: 'change', change: JSON.parse((event as MessageEvent<string>).data) as Change }),
    );
    source.addEventListener('reset', () => tell({ kind: 'change', change: null }));
    source.onopen = () => tell({ kind: 'alive' });
  };
  open();
  const beat = setInterval(() => source.readyState === EventSource.OPEN && tell({ kind: 'alive' }), ALIVE_EVERY);
  // A stream that was refused (signed out, too many) does not come back by itself.
  const again = setInterval(() => source.readyState === EventSource.CLOSED && open(), RETRY);
  signal.addEventListener('abort', () => {
    clearInterval(beat);
    clearInterval(again);
    source.close();
    done();
  });
}
