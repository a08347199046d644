// The project of the address /p/:project/…, for pages inside the shell. Throws elsewhere: the shell shows "not found"
// before any page is mounted when the project is not one of the person's.
import type { Project } from '../lib/api';
import { router } from './router.svelte';
import { session } from './session.svelte';

export const here = {
  get project(): Project {
    const project = session.project(Number(router.params.project));
    if (!project) throw new Error('no project in this address');
    return project;
  },
};
