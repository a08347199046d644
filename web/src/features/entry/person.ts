// What a new person enters, its quick checks, and the part of the request it becomes.
import { session } from '../../app/session.svelte';
import { lengthOf, looksLikeEmail, type Rules } from '../../lib/form.svelte';
import { i18n, t } from '../../lib/i18n/index.svelte';

export interface Person {
  name: string;
  email: string;
  password: string;
  acknowledged: boolean;
}

export const nobody = (): Person => ({ name: '', email: '', password: '', acknowledged: false });

export function passwordRule(password: string): string | false {
  const count = lengthOf(password);
  if (count === 0) return t('entry.password_missing');
  return count < 12 && t('entry.password_short', { count });
}

export function personRules(read: () => Person): Rules {
  return {
    name: () => !read().name.trim() && t('entry.name_missing'),
    email: () => !looksLikeEmail(read().email) && t('entry.email_wrong'),
    password: () => passwordRule(read().password),
    acknowledged_policy_version: () => !read().acknowledged && t('entry.acknowledge_missing'),
  };
}

export function personPart(person: Person) {
  return {
    name: person.name.trim(),
    email: person.email.trim(),
    password: person.password,
    locale: i18n.locale,
    acknowledged_policy_version: session.instance?.policy_version ?? 1,
    acknowledged_terms_version: session.instance?.terms_version ?? 1,
  };
}
