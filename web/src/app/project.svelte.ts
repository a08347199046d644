// The project of the address /p/:project/…. On pages without one (profile, server) it is the project seen last, so that
// the navigation keeps leading somewhere; undefined only before the first project exists.
import type { Project } from '../lib/api';
import { router } from './router.svelte';
import { session } from './session.svelte';

const STORED = 'postmypost.project';

export function lastProject(): Project | undefined {
  const shown = session.project(Number(router.params.project));
  if (shown) return shown;
  let stored = NaN;
  try {
    stored = Number(localStorage.getItem(STORED) ?? NaN);
  } catch {
    // Storage may be forbidden.
  }
  return session.project(stored) ?? session.projects[0];
}

export function rememberProject(project: Project): void {
  try {
    localStorage.setItem(STORED, String(project.id));
  } catch {
    // Storage may be forbidden; the first project is then shown.
  }
}

// For pages under /p/:project/…: the application mounts them only when the project is one of the person's.
export const here = {
  get project(): Project {
    const project = lastProject();
    if (!project) throw new Error('no project');
    return project;
  },
};
