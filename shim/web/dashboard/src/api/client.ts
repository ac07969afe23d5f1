import createClient, { type Middleware } from 'openapi-fetch'

import { expired, keyInUse } from '../session'
import type { components, paths } from './contract'

export type Schemas = components['schemas']

/** What the service refused, in its own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
  ) {
    super(message)
    this.name = 'Refused'
  }
}

const bearer: Middleware = {
  onRequest({ request }) {
    const key = keyInUse()
    if (key !== null && !request.headers.has('Authorization')) request.headers.set('Authorization', `Bearer ${key}`)
    return request
  },
  onResponse({ request, response }) {
    if (response.status === 401) expired(request.headers.get('Authorization'))
    return undefined
  },
}

export const api = createClient<paths, 'application/json'>({ baseUrl: window.location.origin })
api.use(bearer)

interface Outcome<Body> {
  data?: Body
  error?: unknown
  response: Response
}

/** The body of an answer; throws what was refused. */
export async function body<Body>(call: Promise<Outcome<Body>>): Promise<Body> {
  let outcome: Outcome<Body>
  try {
    outcome = await call
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Refused(0, 'unreachable', 'The service cannot be reached.')
  }
  if (outcome.data !== undefined) return outcome.data
  throw refusal(outcome.response, outcome.error)
}

/** The data in an answer's envelope. */
export async function data<Data>(call: Promise<Outcome<{ data: Data }>>): Promise<Data> {
  return (await body(call)).data
}

/** A file or a picture of the service, which a plain link could not fetch: a link carries no key. */
export async function fetched(path: string): Promise<Response> {
  const key = keyInUse()
  const response = await fetch(path, { headers: key === null ? {} : { Authorization: `Bearer ${key}` } }).catch(() => {
    throw new Refused(0, 'unreachable', 'The service cannot be reached.')
  })
  if (response.ok) return response
  if (response.status === 401) expired(key === null ? null : `Bearer ${key}`)
  throw refusal(response, await response.json().catch(() => undefined))
}

function refusal(response: Response, error: unknown): Refused {
  const told = isFailure(error) ? error.error : { code: 'unknown', message: `The service answered ${response.status}.` }
  return new Refused(response.status, told.code, told.message, response.headers.get('X-Request-Id'))
}

function isFailure(value: unknown): value is Schemas['Error'] {
  return typeof value === 'object' && value !== null && 'error' in value
}
