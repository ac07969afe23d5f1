// Opens demo shops for tests, through the program tests/src/bin/stage.rs.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import pg from 'pg'

/** What the stage tells of a shop it opened. */
interface Opened {
  shop: number
  url: string
  key: string
  database: string
}

/** The program that opens shops; one a worker, with a PostgreSQL of its own. */
export class Stage {
  readonly #program: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  #said = ''

  constructor() {
    this.#program = spawn('cargo', ['run', '--quiet', '--package', 'pg_campaign_tests', '--bin', 'stage'])
    this.#program.stderr.on('data', (text: Buffer) => {
      this.#said += text.toString()
    })
    this.#answers = createInterface({ input: this.#program.stdout })[Symbol.asyncIterator]()
  }

  /** Sends a command, and waits for its answer. Commands must not overlap. */
  async command(...words: string[]): Promise<unknown> {
    this.#program.stdin.write(`${words.join(' ')}\n`)
    const answer = await this.#answers.next()
    if (answer.done) throw new Error(`the stage ended at "${words.join(' ')}":\n${this.#said}`)
    return JSON.parse(answer.value)
  }

  /** A new demo shop, with more arguments for its shim. */
  async open(more: string): Promise<Shop> {
    const opened = (await this.command('open', more)) as Opened
    const client = new pg.Client({ connectionString: opened.database })
    await client.connect()
    return new Shop(this, opened, client)
  }

  /** Ends every shop and the PostgreSQL. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#program.once('close', resolve))
    this.#program.stdin.end()
    await ended
  }
}

/** A demo shop in a database of its own, with a shim of its own. */
export class Shop {
  /** Where the shim is, without a slash at the end. */
  readonly url: string
  /** The administrator's key. */
  readonly key: string
  readonly #stage: Stage
  readonly #number: string
  readonly #client: pg.Client

  constructor(stage: Stage, opened: Opened, client: pg.Client) {
    this.url = opened.url
    this.key = opened.key
    this.#stage = stage
    this.#number = String(opened.shop)
    this.#client = client
  }

  /** What a statement of the superuser answers, as psql -At shows it: columns parted by `|`, NULL as nothing. */
  async sql(statement: string, values: unknown[] = []): Promise<string> {
    const asText = { getTypeParser: () => (text: string | Buffer) => text }
    const query = { text: statement, values, rowMode: 'array' as const, types: asText }
    const { rows } = await this.#client.query<(string | null)[]>(query)
    return rows.map((row) => row.map((value) => value ?? '').join('|')).join('\n')
  }

  /** What the API answers to the administrator: the data of a success. */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`)
    return (JSON.parse(text) as { data: T }).data
  }

  /** A new active campaign with this tracking code; its id. */
  async campaign(code: string, more: Record<string, unknown> = {}): Promise<string> {
    const fields = { name: code, platform: 'instagram', campaign_type: 'reel', tracking_code: code, ...more }
    return (await this.api<{ id: string }>('POST', '/campaigns', fields)).id
  }

  /** Fills the shop with a season of about so many visits (1000 or more). */
  async season(visits: number): Promise<void> {
    await this.#stage.command('season', this.#number, String(visits))
  }

  /** Takes the shim away. */
  async stop(): Promise<void> {
    await this.#stage.command('stop', this.#number)
  }

  /** Brings the shim back at the same address. */
  async start(): Promise<void> {
    await this.#stage.command('start', this.#number)
  }

  /** Ends the shop and drops its database. */
  async close(): Promise<void> {
    await this.#client.end()
    await this.#stage.command('close', this.#number)
  }
}
