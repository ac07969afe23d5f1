// Beside the shop, what a shop would not show: links as they would stand in posts, and what the snippet knows.
import { make } from './dom'
import type { Catalogue, Order, Post } from './shop'

const PLATFORMS: Record<string, string> = {
  instagram: 'Instagram',
  facebook: 'Facebook',
  tiktok: 'TikTok',
  youtube: 'YouTube',
  twitter: 'X',
  other: 'Elsewhere',
}

function link(post: Post): HTMLElement {
  return make(
    'li',
    {},
    make(
      'a',
      { href: `/shop/?utm_campaign=${encodeURIComponent(post.tracking_code)}` },
      make('span', { class: `platform ${post.platform}` }, PLATFORMS[post.platform] ?? post.platform),
      make('span', { class: 'post' }, post.name),
    ),
  )
}

/** What became of the last order. */
function credit({ campaigns }: Catalogue, order: Order): string {
  if (!order.campaign_id) return 'no campaign'
  return campaigns.find(({ id }) => id === order.campaign_id)?.name ?? 'a campaign that is not listed here'
}

/** Forgets all that the snippet and the shop keep in this browser, and begins anew. */
function beAnother(): void {
  try {
    // The dashboard keeps something here, too.
    for (const key of Object.keys(localStorage)) {
      if (/^(campaign|harbour)_/.test(key)) localStorage.removeItem(key)
    }
  } catch {
    // Nothing was kept.
  }
  location.assign('/shop/')
}

export function panel(catalogue: Catalogue, order: Order | undefined): HTMLElement[] {
  const session = window.campaign?.sessionId()
  const { campaigns } = catalogue
  return [
    make('h2', { id: 'panel-title' }, 'Behind the shop'),
    make('h3', {}, 'What the snippet knows'),
    make(
      'dl',
      {},
      make('dt', {}, 'Session'),
      make('dd', { id: 'session' }, session ?? 'none: no campaign brought you here'),
      ...(order
        ? [make('dt', {}, order.order_number), make('dd', { id: 'credit' }, `credited to ${credit(catalogue, order)}`)]
        : []),
    ),
    make(
      'div',
      { class: 'ways' },
      make('a', { href: '/' }, 'Open the dashboard'),
      make('button', { type: 'button', onclick: beAnother }, 'Be another visitor'),
    ),
    make('h3', {}, 'Come here by a post'),
    campaigns.length
      ? make('ul', { class: 'posts' }, ...campaigns.map(link))
      : make('p', {}, 'No post is active. Make one in the dashboard, or run ', make('code', {}, 'make demo'), '.'),
  ]
}
