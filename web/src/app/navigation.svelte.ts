// Which project the shell shows: the one of the address, else the last one seen, else the first.
import type { Project } from '../lib/api';
import { router } from './router.svelte';
import { session } from './session.svelte';

const STORED = 'postmypost.project';

export const navigation = {
  get project(): Project | undefined {
    const named = router.params.project;
    if (named !== undefined) return session.project(Number(named));
    return session.project(lastProject()) ?? session.projects[0];
  },
};

export function rememberProject(id: number): void {
  try {
    localStorage.setItem(STORED, String(id));
  } catch {
    // Storage may be forbidden: the first project is shown next time.
  }
}

function lastProject(): number {
  try {
    return Number(localStorage.getItem(STORED));
  } catch {
    return 0;
  }
}
