/** The key of this tab: kept for as long as the tab lives, never in an address. */
import { useSyncExternalStore } from 'react'

import type { components } from './api/contract'

export type Me = components['schemas']['Me']

export interface Session {
  key: string
  /** What the key may do; null until the service has told. */
  me: Me | null
}

const PLACE = 'campaign.session'

let current: Session | null = stored()
let problem: string | null = null
const listeners = new Set<() => void>()

/** Takes the key out of a link such as /#key=…, and the link's fragment out of the address bar and the history. */
export function signInByLink(): void {
  const key = new URLSearchParams(window.location.hash.slice(1)).get('key')
  if (key === null) return
  window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search)
  if (key.trim() !== '') signIn(key)
}

export function signIn(key: string): void {
  problem = null
  become({ key: key.trim(), me: null })
}

export function signOut(): void {
  problem = null
  become(null)
}

/** The service no longer knows the key of a request. An answer to a key that is not in use any more changes nothing. */
export function expired(authorization: string | null): void {
  if (current === null || authorization !== `Bearer ${current.key}`) return
  problem =
    current.me === null ? 'The service does not know this key.' : 'This key no longer works. It may have been revoked.'
  become(null)
}

export function recognised(me: Me): void {
  if (current !== null && JSON.stringify(current.me) !== JSON.stringify(me)) become({ ...current, me })
}

export function keyInUse(): string | null {
  return current?.key ?? null
}

/** Why the tab was signed out, if it was. */
export function signInProblem(): string | null {
  return problem
}

export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, () => current)
}

/** What the signed-in key may do, and how the shop counts. */
export function useMe(): Me {
  const session = useSession()
  if (session?.me == null) throw new Error('used outside of a signed-in page')
  return session.me
}

export function useIsAdmin(): boolean {
  return useMe().role === 'admin'
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function become(session: Session | null): void {
  current = session
  try {
    if (session === null) window.sessionStorage.removeItem(PLACE)
    else window.sessionStorage.setItem(PLACE, JSON.stringify(session))
  } catch {
    // Without storage the session lasts until the page is left.
  }
  listeners.forEach((listener) => {
    listener()
  })
}

function stored(): Session | null {
  try {
    const session: unknown = JSON.parse(window.sessionStorage.getItem(PLACE) ?? 'null')
    return isSession(session) ? session : null
  } catch {
    return null
  }
}

function isSession(value: unknown): value is Session {
  return typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string' && 'me' in value
}
