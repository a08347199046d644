import { render, screen, waitFor } from '@testing-library/svelte';
import { userEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { forgetSession, takeInstance } from '../src/app/session.svelte';
import SignUpPage from '../src/features/entry/SignUpPage.svelte';
import type { Instance } from '../src/lib/api';

const instance: Instance = {
  set_up: true,
  name: 'Postmypost',
  version: '0',
  mode: 'open',
  operator_name: 'О',
  operator_contact: 'o@example.org',
  public_url: 'http://127.0.0.1',
  secure: false,
  policy_version: 3,
  terms_version: 2,
  engine: 'genuine',
  letters: false,
};
const session = {
  user: {
    id: 1,
    name: 'Анна',
    email: 'a@example.org',
    role: 'user',
    locale: 'ru',
    theme: 'system',
    personalised: true,
    created_at: '',
  },
  projects: [],
  unread: [],
};
const fetch = vi.fn(async (..._: Parameters<typeof globalThis.fetch>) => Response.json(session, { status: 201 }));

beforeEach(() => {
  fetch.mockClear();
  forgetSession();
  vi.stubGlobal('fetch', fetch);
  takeInstance(instance);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

async function fill(): Promise<ReturnType<typeof userEvent.setup>> {
  render(SignUpPage);
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText('Как к вам обращаться'), 'Анна');
  await user.type(screen.getByLabelText('Почта'), 'a@example.org');
  await user.type(screen.getByLabelText('Пароль'), 'тёплый хлеб и море');
  return user;
}

describe('sign-up', () => {
  test('sends nothing without the acknowledgement, and says so', async () => {
    const user = await fill();
    await user.click(screen.getByRole('button', { name: 'Создать кабинет' }));
    expect(fetch).not.toHaveBeenCalled();
    expect(screen.getByRole('checkbox').getAttribute('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(screen.getByRole('checkbox'));
  });

  test('sends the versions that were on screen', async () => {
    const user = await fill();
    await user.click(screen.getByRole('checkbox'));
    await user.keyboard('{Tab}{Tab}');
    await user.click(screen.getByRole('button', { name: 'Создать кабинет' }));
    await waitFor(() => expect(fetch).toHaveBeenCalledOnce());
    expect(JSON.parse(String(fetch.mock.calls[0]?.[1]?.body))).toEqual({
      name: 'Анна',
      email: 'a@example.org',
      password: 'тёплый хлеб и море',
      locale: 'ru',
      acknowledged_policy_version: 3,
      acknowledged_terms_version: 2,
    });
  });

  test('with letters says what to do next and signs nobody in', async () => {
    takeInstance({ ...instance, letters: true });
    fetch.mockImplementation(async () => new Response('', { status: 202 }));
    const user = await fill();
    await user.click(screen.getByRole('checkbox'));
    await user.click(screen.getByRole('button', { name: 'Создать кабинет' }));
    await user.click(await screen.findByRole('button', { name: 'Отправить ещё раз' }));
    expect(fetch.mock.calls.map(([url]) => String(url))).toEqual([
      '/api/v1/signup/letter',
      '/api/v1/confirmations/letter',
    ]);
    expect(JSON.parse(String(fetch.mock.calls[1]?.[1]?.body))).toEqual({ email: 'a@example.org' });
    fetch.mockImplementation(async () => Response.json(session, { status: 201 }));
  });

  test("puts the server's words under the field they are about", async () => {
    fetch.mockImplementationOnce(async () =>
      Response.json(
        { status: 422, code: 'made.up', detail: 'Too plain.', field: '/password', request_id: 'r' },
        { status: 422 },
      ),
    );
    const user = await fill();
    await user.click(screen.getByRole('checkbox'));
    await user.click(screen.getByRole('button', { name: 'Создать кабинет' }));
    await waitFor(() => expect(screen.getByLabelText('Пароль').getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getByText('Too plain.')).toBeTruthy();
  });

  test('is closed without an invitation where the operator wants it so', () => {
    takeInstance({ ...instance, mode: 'private' });
    render(SignUpPage);
    expect(screen.getByRole('heading', { name: 'Вход по приглашениям' })).toBeTruthy();
    expect(screen.queryByRole('textbox')).toBeNull();
  });
});
