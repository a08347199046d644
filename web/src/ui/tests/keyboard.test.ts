import { render, screen } from '@testing-library/svelte';
import { userEvent } from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { Combobox, Field, PasswordField, ProblemNotice } from '..';
import type { Problem } from '../../lib/api';
import Bench from './Bench.svelte';

describe('a menu', () => {
  test('opens with the arrow, moves, skips lines, wraps, chooses and gives focus back', async () => {
    const log = vi.fn();
    render(Bench, { log });
    const user = userEvent.setup();
    const button = screen.getByRole('button', { name: 'Действия' });
    button.focus();
    await user.keyboard('{ArrowDown}');
    expect(screen.getByRole('menuitem', { name: 'Альфа' })).toBe(document.activeElement);
    await user.keyboard('{ArrowDown}');
    expect(screen.getByRole('menuitem', { name: 'Бета' })).toBe(document.activeElement);
    await user.keyboard('{End}{ArrowDown}{ArrowUp}');
    await user.keyboard('{Enter}');
    expect(log).toHaveBeenCalledWith('gamma');
    expect(screen.queryByRole('menu')).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  test('closes with Escape and chooses nothing', async () => {
    const log = vi.fn();
    render(Bench, { log });
    const user = userEvent.setup();
    screen.getByRole('button', { name: 'Действия' }).focus();
    await user.keyboard('{ArrowUp}');
    expect(screen.getByRole('menuitem', { name: 'Гамма' })).toBe(document.activeElement);
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('menu')).toBeNull();
    expect(log).not.toHaveBeenCalled();
  });
});

describe('tabs', () => {
  test('are one tab stop; arrows choose and wrap', async () => {
    render(Bench);
    const user = userEvent.setup();
    screen.getByRole('tab', { name: 'Первая' }).focus();
    await user.keyboard('{ArrowLeft}');
    expect(screen.getByRole('tabpanel').textContent).toBe('three');
    expect(screen.getByRole('tab', { name: 'Третья' })).toBe(document.activeElement);
    await user.keyboard('{Home}');
    expect(screen.getByRole('tabpanel', { name: 'Первая' }).textContent).toBe('one');
    expect(screen.getAllByRole('tab').filter((tab) => tab.tabIndex === 0)).toHaveLength(1);
  });
});

describe('a list with search', () => {
  const options = [
    { value: 'Europe/Moscow', label: 'Москва', hint: 'Europe/Moscow' },
    { value: 'Europe/Berlin', label: 'Берлин', hint: 'Europe/Berlin' },
    { value: 'America/New_York', label: 'Нью-Йорк', hint: 'America/New York' },
  ];

  test('finds by any of its words and takes with Enter', async () => {
    render(Combobox, { label: 'Пояс', options, value: 'Europe/Moscow' });
    const user = userEvent.setup();
    const input = screen.getByRole<HTMLInputElement>('combobox', { name: 'Пояс' });
    expect(input.value).toBe('Москва');
    await user.click(input);
    await user.clear(input);
    await user.type(input, 'new york');
    expect(screen.getAllByRole('option').map((option) => option.textContent?.trim())).toEqual([
      'Нью-ЙоркAmerica/New York',
    ]);
    await user.keyboard('{Enter}');
    expect(input.value).toBe('Нью-Йорк');
    expect(input.getAttribute('aria-expanded')).toBe('false');
  });

  test('goes back to the chosen one with Escape', async () => {
    render(Combobox, { label: 'Пояс', options, value: 'Europe/Berlin' });
    const user = userEvent.setup();
    const input = screen.getByRole<HTMLInputElement>('combobox');
    await user.click(input);
    await user.clear(input);
    await user.type(input, 'мос{Escape}');
    expect(input.value).toBe('Берлин');
  });
});

describe('a field', () => {
  test('says what is wrong where a screen reader looks', () => {
    render(Field, { label: 'Почта', value: 'anna@', error: 'Адрес не дописан' });
    const input = screen.getByLabelText('Почта');
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toBe('Адрес не дописан');
  });

  test('shows a password only when asked', async () => {
    render(PasswordField, { label: 'Пароль', value: 'тайна', autocomplete: 'current-password' });
    const input = screen.getByLabelText<HTMLInputElement>('Пароль');
    expect(input.type).toBe('password');
    await userEvent.click(screen.getByRole('button', { name: 'Показать пароль' }));
    expect(input.type).toBe('text');
  });
});

describe('a problem', () => {
  const problem: Problem = {
    type: 'about:blank',
    title: '',
    status: 500,
    code: 'made.up',
    detail: 'It broke.',
    how_to_fix: 'Mend it.',
    request_id: 'req-7',
  };

  test('that the catalogue lacks is told in the words of the server, with the number of the request', () => {
    render(ProblemNotice, { problem });
    expect(screen.getByRole('alert').textContent).toMatch(/It broke\.\s*Mend it\.\s*Номер запроса: req-7/);
  });

  test('that it has is told in the language of the person', () => {
    render(ProblemNotice, { problem: { ...problem, code: 'network.unreachable', request_id: '' } });
    expect(screen.getByRole('alert').textContent).toContain('Сервер не отвечает.');
  });
});
