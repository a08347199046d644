// Server state in a component: loads when created and whenever something its loader reads (a rune) changes, keeps the
// last good data while it reloads, drops answers that came too late. Create it while the component initialises.
//
//   const accounts = resource(() => api.accounts(project.id), { poll: () => 15_000 });
//   {#if accounts.data}…{:else if accounts.problem}…{:else}skeleton{/if}
import { isAbort, problemOf } from './api/client';
import type { Problem } from './api/contract';
import { isLive, whenChanged, type Change } from './live';

const LIVE_POLL = 60_000;
const GATHER = 150;

export interface Resource<T> {
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  reload(): Promise<void>;
  set(data: T): void; // what an own change answered
}

export interface ResourceOptions<T> {
  // Milliseconds until the next look, or false to stop. Hidden tabs wait until they are seen again.
  poll?: (data: T | undefined) => number | false;
  // Whether a change of the server's stream touches what is shown. While the stream is alive, looks are a minute apart.
  live?: (change: Change) => boolean;
}

export function resource<T>(load: () => Promise<T>, options: ResourceOptions<T> = {}): Resource<T> {
  let data = $state.raw<T | undefined>(undefined);
  let problem = $state.raw<Problem | undefined>(undefined);
  let loading = $state(true);
  let turn = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;

  async function take(promise: Promise<T>): Promise<void> {
    const mine = ++turn;
    loading = true;
    try {
      const fresh = await promise;
      if (mine !== turn) return;
      data = fresh;
      problem = undefined;
    } catch (error) {
      if (mine !== turn || isAbort(error)) return;
      problem = problemOf(error);
    }
    loading = false;
    plan();
  }

  function plan(): void {
    clearTimeout(timer);
    const wait = options.poll?.(data);
    if (!wait) return;
    const quiet = options.live && isLive() ? Math.max(wait, LIVE_POLL) : wait;
    timer = setTimeout(() => (document.hidden ? plan() : void take(load())), quiet);
  }

  // Several changes within a moment are one look.
  function hear(change: Change | null): void {
    if (change && !options.live?.(change)) return;
    clearTimeout(soon);
    soon = setTimeout(() => void take(load()), GATHER);
  }

  $effect(() => {
    void take(load());
    const deaf = options.live && whenChanged(hear);
    return () => {
      turn += 1;
      clearTimeout(timer);
      clearTimeout(soon);
      deaf?.();
    };
  });

  return {
    get data() {
      return data;
    },
    get problem() {
      return problem;
    },
    get loading() {
      return loading;
    },
    reload: () => take(load()),
    set(fresh: T) {
      turn += 1;
      data = fresh;
      problem = undefined;
      loading = false;
      plan();
    },
  };
}
