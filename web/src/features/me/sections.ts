// The sections of the personal cabinet, in the order of its navigation. A new one is a line here and a route.
import type { Component } from 'svelte';
import type { RouteName } from '../../app/routes';
import type { IconName } from '../../ui';
import Agreements from './Acknowledgements.svelte';
import Disclosures from './Disclosures.svelte';
import Leave from './Leave.svelte';
import MyData from './MyData.svelte';
import Profile from './Profile.svelte';
import Restriction from './Restriction.svelte';
import Security from './Security.svelte';
import Transfer from './Transfer.svelte';

export interface Section {
  route: RouteName;
  label: string;
  icon: IconName;
  page: Component;
}

export const sections: readonly Section[] = [
  { route: 'me', label: 'cabinet.section_profile', icon: 'user', page: Profile },
  { route: 'me-security', label: 'cabinet.section_security', icon: 'lock', page: Security },
  { route: 'me-agreements', label: 'cabinet.section_agreements', icon: 'check', page: Agreements },
  { route: 'me-data', label: 'cabinet.section_data', icon: 'eye', page: MyData },
  { route: 'me-disclosures', label: 'cabinet.section_disclosures', icon: 'share', page: Disclosures },
  { route: 'me-transfer', label: 'cabinet.section_transfer', icon: 'download', page: Transfer },
  { route: 'me-restriction', label: 'cabinet.section_restriction', icon: 'shield', page: Restriction },
  { route: 'me-leave', label: 'cabinet.section_leave', icon: 'exit', page: Leave },
];
