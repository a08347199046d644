// Joins what the world saw (the oracle of netsim, the own page's feed) with what the product says of it.
import { eventually } from './server.mjs';

const rest = ['published', 'held', 'failed', 'expired', 'cancelled'];
const straight = ['planned', 'claimed', 'prepared', 'intent', 'answered', 'published_here'];
// A doubt may stay with these: nobody can look (Telegram), or absence proves nothing (software that ignores keys).
const mayStayInDoubt = ['telegram', 'gotosocial'];

export const verdicts = ['lost', 'duplicated', 'false published', 'false failed', 'early', 'order broken', 'silently unknown', 'undecided without need'];

export const isAtRest = (publication) => publication.deliveries.length > 0 && publication.deliveries.every((delivery) => rest.includes(delivery.state));

// Waits until every delivery of these publications has come to rest, or the server died. What has not is for `judge` to say.
export async function settle(server, ids, ms = 60_000) {
  const open = new Set(ids);
  await eventually('at rest', async () => {
    if (server.exited) return true;
    for (const id of open) {
      const publication = await server.publication(id).catch(() => null);
      if (publication && isAtRest(publication)) open.delete(id);
    }
    return open.size === 0;
  }, ms).catch(() => {});
}

async function postsOf(sim, server) {
  const oracle = await sim.order('oracle');
  const feed = await (await fetch(`${server.url}/@soyka/feed.json`)).json();
  return (kind, text) => {
    if (kind === 'own page') return feed.items.filter((item) => item.content_text === text).map((item) => ({ at: item.date_published, order: Date.parse(item.date_published) }));
    return oracle[kind].posts.map((post, order) => ({ ...post, order })).filter((post) => post.text === text);
  };
}

// `accounts`: {account id: 'own page' | a network of netsim}, one account each; `texts`: {publication id: text}, in planned order.
// Gives {counts: {verdict: n}, doubts, details: [...]}; every verdict must be 0.
export async function judge(server, sim, accounts, texts) {
  const counts = Object.fromEntries(verdicts.map((verdict) => [verdict, 0]));
  const details = [];
  let doubts = 0;
  const posts = await postsOf(sim, server);
  const newest = {};
  for (const [id, text] of texts) {
    for (const delivery of (await server.publication(id)).deliveries) {
      const kind = accounts[delivery.account_id];
      const seen = posts(kind, text);
      const codes = delivery.events.map((event) => event.code);
      const say = (verdict) => {
        ++counts[verdict];
        details.push(`${verdict}: "${text}" at ${kind}: ${delivery.state} ${delivery.reason ?? ''} with ${seen.length} posts (${codes.join(', ')})`);
      };
      const undecided = delivery.state === 'held' && delivery.reason === 'undecided';
      if (undecided) ++doubts;
      if (seen.length > 1) say('duplicated');
      if (!rest.includes(delivery.state)) say(['unknown', 'reconciling'].includes(delivery.state) ? 'silently unknown' : 'lost');
      if (delivery.state === 'published' && seen.length === 0) say('false published');
      if (rest.includes(delivery.state) && delivery.state !== 'published' && !undecided) say(seen.length > 0 ? 'false failed' : 'lost');
      if (undecided && !mayStayInDoubt.includes(kind)) say('undecided without need');
      for (const post of seen) if (Date.parse(post.at) < Date.parse(delivery.due)) say('early');
      if (seen.length === 0 || codes.some((code) => !straight.includes(code))) continue;
      if (newest[kind] > seen[0].order) say('order broken');
      newest[kind] = Math.max(newest[kind] ?? 0, seen[0].order);
    }
  }
  return { counts, doubts, details };
}
