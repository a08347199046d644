// The only place that talks to the server. Every failure becomes a Failure with a Problem (RFC 9457): the server's
// own, or one made here when no readable answer came (`network.unreachable`, `network.unreadable`).
import type { Problem } from './contract';

const BASE = '/api/v1';

export class Failure extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
    this.name = 'Failure';
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  body?: unknown; // JSON, or FormData and Blob as they are
  headers?: Record<string, string>;
  signal?: AbortSignal;
  // A 401 normally ends the session on screen; asking "is there a session?" must not.
  quiet?: boolean;
}

let onSessionEnd: () => void = () => {};
export function whenSessionEnds(handler: () => void): void {
  onSessionEnd = handler;
}

let onUnread: () => void = () => {};
export function whenTextsAreUnread(handler: () => void): void {
  onUnread = handler;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Failure) return error.problem;
  return made(0, 'client.broken', error instanceof Error ? error.message : String(error));
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

export async function call<T>(path: string, options: Call = {}): Promise<T> {
  const method = options.method ?? 'GET';
  let response: Response;
  try {
    response = await fetch(BASE + path + queryOf(options.query), {
      method,
      headers: headersOf(method, options),
      body: bodyOf(options.body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: options.signal,
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Failure(made(0, 'network.unreachable', 'The server does not answer.'));
  }
  if (response.ok) return (await readBody(response)) as T;
  const problem = await problemIn(response);
  if (response.status === 401 && !options.quiet && problem.code.startsWith('session')) onSessionEnd();
  if (response.status === 428) onUnread();
  throw new Failure(problem);
}

function queryOf(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}

function headersOf(method: string, options: Call): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  if (method !== 'GET') headers['X-Requested-With'] = 'postmypost';
  if (options.body instanceof Blob) headers['Content-Type'] = 'application/octet-stream';
  else if (options.body !== undefined && !(options.body instanceof FormData))
    headers['Content-Type'] = 'application/json';
  return headers;
}

function bodyOf(body: unknown): BodyInit | undefined {
  if (body === undefined) return undefined;
  return body instanceof FormData || body instanceof Blob ? body : JSON.stringify(body);
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  try {
    const text = await response.text();
    return response.status === 202 && text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new Failure(made(response.status, 'network.unreadable', 'The answer is not JSON.'));
  }
}

async function problemIn(response: Response): Promise<Problem> {
  try {
    const problem = (await response.json()) as Partial<Problem>;
    if (typeof problem.code === 'string' && typeof problem.detail === 'string') {
      return { ...made(response.status, problem.code, problem.detail), ...problem };
    }
  } catch {
    // Not JSON: a proxy answered instead of the server.
  }
  return made(response.status, 'network.unreadable', `HTTP ${response.status}`);
}

function made(status: number, code: string, detail: string): Problem {
  return { type: 'about:blank', title: '', status, code, detail, request_id: '' };
}
