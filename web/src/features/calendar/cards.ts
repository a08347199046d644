// What the month and the list share: loading a span of cards, opening and moving one.
import { api, type Account, type PublicationCard, type PublicationInput } from '../../lib/api';

export interface CalendarData {
  cards: PublicationCard[];
  accounts: Account[];
}

export async function loadCards(
  project: number,
  span: { from?: string; to?: string },
  filter: { status: string; account: string },
): Promise<CalendarData> {
  const [page, accounts] = await Promise.all([
    api.publications(project, { ...span, status: filter.status, account: filter.account }),
    api.accounts(project),
  ]);
  return { cards: page.items, accounts };
}

// Whether it may still be moved: nothing of it was taken up.
export const movable = (card: PublicationCard): boolean => card.status === 'scheduled' || card.status === 'draft';

// Plans the same publication for another wall time.
export async function move(project: number, id: number, wallTime: string): Promise<void> {
  const p = await api.publication(project, id);
  const input: PublicationInput = {
    account_ids: p.account_ids,
    details: p.details,
    when:
      p.when.kind === 'draft'
        ? { kind: 'draft', wall_time: wallTime }
        : { kind: 'at', wall_time: wallTime, fold: 'earlier' },
    late_policy: p.late_policy,
    version: p.version,
  };
  await api.savePublication(project, id, input);
}
