// A form: its own quick checks (shown after the first try), the server's answer, busy, and focus on the first field that
// is wrong. Names are those of the request, so that the server's "/email" finds the field "email".
//
//   const f = form({ email: () => !email && t('entry.email_missing') });
//   <form novalidate onsubmit={f.onsubmit(send)}> <Field error={f.error('email')} …/> <ProblemNotice problem={f.problem} />
import { tick } from 'svelte';
import { problemOf } from './api/client';
import type { Problem } from './api/contract';
import { besides, fieldError } from './problems';

export type Rules = Record<string, () => string | false | undefined>;

export function form(rules: Rules) {
  let tried = $state(false);
  let busy = $state(false);
  let answer = $state.raw<Problem | undefined>(undefined);
  const names = Object.keys(rules);

  const own = (name: string) => (tried && rules[name]?.()) || undefined;

  return {
    get busy() {
      return busy;
    },
    get problem() {
      return besides(answer, ...names);
    },
    error: (name: string) => own(name) ?? fieldError(answer, name),
    onsubmit: (send: () => Promise<unknown>) => async (event: SubmitEvent) => {
      event.preventDefault();
      if (busy) return;
      const target = event.currentTarget as HTMLFormElement;
      tried = true;
      answer = undefined;
      if (!names.some((name) => own(name))) {
        busy = true;
        try {
          await send();
          tried = false;
        } catch (error) {
          answer = problemOf(error);
        } finally {
          busy = false;
        }
      }
      await tick();
      target.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    },
  };
}

export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(text.trim());
}

export function lengthOf(text: string): number {
  return [...text].length;
}
