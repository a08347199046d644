// Who is here and on which server: loaded once at start, changed by sign-in, sign-out and what pages save.
import {
  api,
  Failure,
  type Instance,
  type MePatch,
  type Project,
  type Session,
  type UnreadText,
  type User,
} from '../lib/api';
import { whenSessionEnds, whenTextsAreUnread } from '../lib/api/client';
import { i18n, useLocale } from '../lib/i18n/index.svelte';
import { useTheme } from './theme.svelte';

let instance = $state.raw<Instance | undefined>(undefined);
let user = $state.raw<User | undefined>(undefined);
let projects = $state.raw<Project[]>([]);
let unread = $state.raw<UnreadText[]>([]);

export const session = {
  get instance(): Instance | undefined {
    return instance;
  },
  get user(): User | undefined {
    return user;
  },
  get projects(): Project[] {
    return projects;
  },
  // Texts to be acknowledged before anything else.
  get unread(): UnreadText[] {
    return unread;
  },
  project(id: number): Project | undefined {
    return projects.find((project) => project.id === id);
  },
};

export async function startSession(): Promise<void> {
  whenSessionEnds(() => forgetSession());
  whenTextsAreUnread(() => void readAgain());
  instance = await api.instance();
  if (!instance.set_up) return;
  try {
    await takeSession(await api.session());
  } catch (error) {
    if (!(error instanceof Failure) || error.problem.status !== 401) throw error;
  }
}

// What sign-in, sign-up and set-up answer.
export async function takeSession(fresh: Session): Promise<void> {
  projects = fresh.projects;
  unread = fresh.unread;
  await takeUser(fresh.user);
}

// The server has a new version of a text since this page was loaded.
async function readAgain(): Promise<void> {
  instance = await api.instance();
  await takeSession(await api.session());
}

export async function takeUser(fresh: User): Promise<void> {
  if (fresh.personalised) {
    useTheme(fresh.theme);
    if (fresh.locale !== i18n.locale) await useLocale(fresh.locale);
  }
  user = fresh;
}

// Language and theme: saved in the cabinet, or while personalisation is off chosen on this device only.
export async function changeLook(patch: MePatch): Promise<void> {
  if (user?.personalised !== false) return takeUser(await api.changeMe(patch));
  if (patch.theme) useTheme(patch.theme);
  if (patch.locale) await useLocale(patch.locale);
}

export function takeInstance(fresh: Instance): void {
  instance = fresh;
}

export function takeProject(fresh: Project): void {
  const known = projects.some((project) => project.id === fresh.id);
  projects = known ? projects.map((project) => (project.id === fresh.id ? fresh : project)) : [...projects, fresh];
}

// Projects stay until the next session brings its own: the page on screen reads them until sign-in has replaced it.
export function forgetSession(): void {
  user = undefined;
  unread = [];
}

export async function signOut(): Promise<void> {
  await api.signOut();
  forgetSession();
  await useLocale(i18n.locale); // the answer clears the browser's storage, and the language is worth keeping
}
