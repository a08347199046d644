// A server's problem in the reader's words. The words are `problems.<code>` and `problems.<code>.fix`; a code without
// words falls back to its family by status, then to what the server said itself.
import type { Problem } from '../api/contract';
import { has, t } from '../i18n/index.svelte';

export interface Explanation {
  title: string;
  fix: string;
  known: boolean; // we have our own words for this code
}

export function explain(problem: Pick<Problem, 'code' | 'detail' | 'status'> & Partial<Problem>): Explanation {
  const own = words(problem.code, problem.params);
  if (own !== undefined) {
    return { title: own, fix: words(`${problem.code}.fix`, problem.params) ?? problem.how_to_fix ?? '', known: true };
  }
  const family = words(`status_${problem.status}`, {}) ?? words('unexpected', {}) ?? problem.code;
  return { title: family, fix: [problem.detail, problem.how_to_fix].filter(Boolean).join(' '), known: false };
}

// One line, for a field or a row.
export function explainShort(problem: Problem): string {
  const { title, fix } = explain(problem);
  return fix ? `${title} ${fix}` : title;
}

// What stands under the field the problem points at ("/email"), else nothing.
export function fieldError(problem: Problem | undefined, field: string): string | undefined {
  return problem?.field === `/${field}` ? explainShort(problem) : undefined;
}

// The problem unless one of these fields already shows it.
export function besides(problem: Problem | undefined, fields: string[]): Problem | undefined {
  return problem?.field && fields.some((field) => problem.field === `/${field}`) ? undefined : problem;
}

function words(code: string, params: Record<string, string> | undefined): string | undefined {
  const key = `problems.${code}`;
  if (!has(key)) return undefined;
  try {
    return t(key, params ?? {});
  } catch {
    return undefined; // the server left out a parameter the sentence needs
  }
}
