// Component tests read Russian, as the first visitors do, and start from an empty page.
import { cleanup } from '@testing-library/svelte';
import { afterEach, beforeAll } from 'vitest';
import { useLocale } from '../src/lib/i18n/index.svelte';

beforeAll(() => useLocale('ru'));
afterEach(cleanup);
