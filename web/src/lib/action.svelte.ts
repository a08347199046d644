// One thing a person asked for: busy while it runs, the problem when it failed. A second click while busy is ignored.
//
//   const save = action(async () => { await api.changeMe({ name }); });
//   <Button busy={save.busy} onclick={save.run}>…</Button> <ProblemNotice problem={save.problem} />
import { problemOf } from './api/client';
import type { Problem } from './api/contract';

export interface Action<A extends unknown[]> {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  run(...args: A): Promise<boolean>; // true when it succeeded
  clear(): void;
}

export function action<A extends unknown[]>(work: (...args: A) => Promise<unknown>): Action<A> {
  let busy = $state(false);
  let problem = $state.raw<Problem | undefined>(undefined);
  return {
    get busy() {
      return busy;
    },
    get problem() {
      return problem;
    },
    async run(...args: A) {
      if (busy) return false;
      busy = true;
      problem = undefined;
      try {
        await work(...args);
        return true;
      } catch (error) {
        problem = problemOf(error);
        return false;
      } finally {
        busy = false;
      }
    },
    clear() {
      problem = undefined;
    },
  };
}
