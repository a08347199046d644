// Problems in the person's language. The server's `detail` and `how_to_fix` are English and exact; the catalogue
// (locales/*/problem.json, "code_with_underscores" and "…_fix") translates by code and falls back to them.
import type { Problem } from './api/contract';
import { has, t } from './i18n/index.svelte';

export interface Words {
  title: string;
  fix: string;
  known: boolean; // the catalogue has it
}

export function explain(problem: Problem): Words {
  const key = `problem.${problem.code.replaceAll('.', '_')}`;
  const args = { ...problem.params, rule: problem.rule ?? '', status: problem.status };
  const title = translate(key, args);
  const fallback = problem.detail || t('problem.unknown', { code: problem.code });
  return {
    title: title ?? fallback,
    fix: translate(`${key}_fix`, args) ?? (title === undefined ? (problem.how_to_fix ?? '') : ''),
    known: title !== undefined,
  };
}

// What stands under one field ("email" for the pointer "/email").
export function fieldError(problem: Problem | undefined | null, field: string): string | undefined {
  if (problem?.field !== `/${field}`) return undefined;
  const words = explain(problem);
  return words.fix ? `${words.title} ${words.fix}` : words.title;
}

// The problem, unless it already stands under one of these fields.
export function besides(problem: Problem | undefined | null, ...fields: string[]): Problem | undefined {
  if (!problem || fields.some((field) => problem.field === `/${field}`)) return undefined;
  return problem;
}

function translate(key: string, args: Record<string, string | number>): string | undefined {
  if (!has(key)) return undefined;
  try {
    return t(key, args);
  } catch {
    return undefined; // the server sent no such argument
  }
}
