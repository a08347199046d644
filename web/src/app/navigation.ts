// The places of the sidebar and of the phone's bar, as data.
import type { IconName } from '../ui/icons';
import type { RouteName } from './routes';

export interface Entry {
  route: RouteName;
  icon: IconName;
  label: string; // key of the catalogue
  also?: RouteName[]; // pages that belong to it
}

export const work: Entry[] = [
  { route: 'calendar', icon: 'calendar', label: 'app.nav_calendar', also: ['compose', 'edit'] },
  { route: 'publications', icon: 'posts', label: 'app.nav_publications', also: ['publication'] },
];
export const around: Entry[] = [
  { route: 'accounts', icon: 'accounts', label: 'app.nav_accounts' },
  { route: 'settings', icon: 'sliders', label: 'app.nav_settings' },
];
export const server: Entry[] = [
  { route: 'instance', icon: 'server', label: 'app.nav_instance' },
  { route: 'support-queue', icon: 'inbox', label: 'support.queue_title', also: ['support-ticket'] },
  { route: 'registers', icon: 'shield', label: 'registers.title', also: ['incident'] },
];
