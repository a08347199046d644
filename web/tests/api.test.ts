import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, Failure, problemOf, type Problem } from '../src/lib/api';
import { call, whenSessionEnds } from '../src/lib/api/client';
import { besides, explain, fieldError } from '../src/lib/problems';

const answer = (status: number, body: unknown, type = 'application/problem+json') =>
  vi.stubGlobal(
    'fetch',
    vi.fn(
      async () =>
        new Response(status === 204 ? null : typeof body === 'string' ? body : JSON.stringify(body), {
          status,
          headers: { 'Content-Type': type },
        }),
    ),
  );
const problem: Problem = {
  type: 'about:blank',
  title: '',
  status: 422,
  code: 'email.form',
  detail: 'This does not look like an e-mail address.',
  field: '/email',
  how_to_fix: 'Write it as name@example.org.',
  request_id: 'r1',
};
const failureOf = (promise: Promise<unknown>) => promise.then(() => undefined, problemOf);

afterEach(() => {
  vi.unstubAllGlobals();
  whenSessionEnds(() => {});
});

describe('the client', () => {
  it('marks unsafe methods as ours and sends JSON', async () => {
    answer(201, { id: 1 });
    await api.createProject({ name: 'Сойка', zone: 'Europe/Moscow' });
    const [url, init] = vi.mocked(fetch).mock.calls[0] ?? [];
    expect(url).toBe('/api/v1/projects');
    expect(init).toMatchObject({
      method: 'POST',
      headers: { 'X-Requested-With': 'postmypost', 'Content-Type': 'application/json' },
    });
  });
  it('leaves empty parameters out and sends no mark with GET', async () => {
    answer(200, { items: [], next_cursor: null });
    await api.publications(7, { from: '2026-11-01', status: '', cursor: null });
    const [url, init] = vi.mocked(fetch).mock.calls[0] ?? [];
    expect(url).toBe('/api/v1/projects/7/publications?from=2026-11-01');
    expect(init?.headers).not.toHaveProperty('X-Requested-With');
  });
  it('hands on the problem of the server', async () => {
    answer(422, problem);
    expect(await failureOf(api.signIn({ email: 'a', password: 'b' }))).toMatchObject({
      code: 'email.form',
      field: '/email',
    });
  });
  it('makes a problem of an unreadable answer and of silence', async () => {
    answer(502, '<html>bad gateway</html>', 'text/html');
    expect(await failureOf(api.session())).toMatchObject({ code: 'network.unreadable', status: 502 });
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => Promise.reject(new TypeError('failed'))),
    );
    expect(await failureOf(api.session())).toMatchObject({ code: 'network.unreachable' });
  });
  it('ends the session on 401, but not when only asking for one', async () => {
    const ended = vi.fn();
    whenSessionEnds(ended);
    answer(401, { ...problem, status: 401, code: 'session.none' });
    await failureOf(api.session());
    expect(ended).not.toHaveBeenCalled();
    await failureOf(call('/me/sessions'));
    expect(ended).toHaveBeenCalledOnce();
  });
});

describe('a problem in words', () => {
  it('is translated by its code', () => {
    expect(explain(problem)).toMatchObject({ known: true, fix: 'Например, name@example.org' });
  });
  it('falls back to what the server said', () => {
    const words = explain({ ...problem, code: 'never.heard', detail: 'The moon is full.', how_to_fix: 'Wait.' });
    expect(words).toEqual({ title: 'The moon is full.', fix: 'Wait.', known: false });
  });
  it('stands under its field or above the form, not both', () => {
    expect(fieldError(problem, 'email')).toContain('name@example.org');
    expect(fieldError(problem, 'name')).toBeUndefined();
    expect(besides(problem, 'email', 'name')).toBeUndefined();
    expect(besides(problem, 'name')).toBe(problem);
  });
  it('is made of any other mistake', () => {
    expect(problemOf(new Error('x'))).toMatchObject({ code: 'client.broken', detail: 'x' });
    expect(problemOf(new Failure(problem))).toBe(problem);
  });
});
