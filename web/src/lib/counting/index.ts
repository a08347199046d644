// How long a text is for a network: the same rules as the server's (src/networks/text_rules.json); both run
// tests/networks/text_vectors.json.
import type { AccountRules } from '../api';

type Rule = AccountRules['text'];

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const encoder = new TextEncoder();

function units(text: string, unit: Rule['unit']): number {
  switch (unit) {
    case 'utf16':
      return text.length;
    case 'code_point':
      return [...text].length;
    case 'byte':
      return encoder.encode(text).length;
    default: {
      let count = 0;
      for (const segment of graphemes.segment(text)) count += segment.segment.length > 0 ? 1 : 0;
      return count;
    }
  }
}

// A link ends at white space, without trailing punctuation and without a bracket that it does not open.
function trimmedLink(link: string): string {
  let end = link.length;
  for (; end > 0; --end) {
    const last = link[end - 1] ?? '';
    if ('.,;:!?"\''.includes(last)) continue;
    const part = link.slice(0, end);
    if (last === ')' && part.split('(').length < part.split(')').length) continue;
    break;
  }
  return link.slice(0, end);
}

export function countText(text: string, rule: Rule): number {
  let counted = text;
  if (rule.link_length !== null) {
    const length = rule.link_length;
    counted = counted.replace(/(^|[^\p{L}\p{N}_@/])(https?:\/\/[^\s]+)/gu, (_, before: string, found: string) => {
      const link = trimmedLink(found);
      if (/^https?:\/\/$/.test(link)) return before + found;
      return before + 'x'.repeat(length) + found.slice(link.length);
    });
  }
  if (rule.short_mentions) {
    counted = counted.replace(
      /(^|[^\p{L}\p{N}_/@])(@[A-Za-z0-9_.-]+)@([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.[A-Za-z_-]{2,})/gu,
      (_, before: string, name: string) => before + name,
    );
  }
  return units(counted, rule.unit);
}

export interface Count {
  used: number;
  limit: number | null;
  over: number; // how much is too much, 0 when it fits
}

export function measure(text: string, pictures: number, rule: Rule): Count {
  const used = countText(text, rule);
  const limit = pictures > 0 && rule.limit_with_pictures !== null ? rule.limit_with_pictures : rule.limit;
  const bytes = rule.max_bytes === null ? 0 : Math.max(0, encoder.encode(text).length - rule.max_bytes);
  return { used, limit, over: Math.max(limit === null ? 0 : used - limit, bytes > 0 ? 1 : 0, 0) };
}
