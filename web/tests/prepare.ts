// Component tests read Russian, as the first visitors do.
import { beforeAll } from 'vitest';
import { useLocale } from '../src/lib/i18n/index.svelte';

beforeAll(() => useLocale('ru'));
