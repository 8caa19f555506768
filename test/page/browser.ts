/** The page of a story's workspace in Chromium, as `itemwise review` opens it. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, describe } from 'vitest'
import { cannotTestPage, chromiumPath } from '../../tools/chromium.ts'
import type { StartedCommand } from '../cli/command.ts'
import { type Story, until } from '../stories/story.ts'

let browser: Promise<Browser> | undefined

/** One for all tests of a file. As root, which CI is, Chromium has no sandbox. Every name of .example leads to this machine. */
export function openedBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: chromiumPath() ?? '',
    args: ['--no-sandbox', '--host-resolver-rules=MAP *.example 127.0.0.1'],
  })
  return browser
}

/** Tests that need Chromium: left out where there is none; in CI they fail then. */
export const inBrowser = cannotTestPage()?.code === 0 ? describe.skip : describe

export function closeBrowserAtEnd(): void {
  afterAll(async () => {
    await (await browser)?.close()
    browser = undefined
  })
}

const always = ['--no-open', '--port', '0', '--json']

/** `itemwise review` while it runs. */
export class Reviewing implements AsyncDisposable {
  readonly command: StartedCommand
  /** With the token. */
  readonly address: string
  readonly #pages: Page[] = []

  private constructor(command: StartedCommand, address: string) {
    this.command = command
    this.address = address
  }

  /** `words`: behind `itemwise review`. */
  static begin(place: Pick<Story, 'start'>, ...words: string[]): Promise<Reviewing> {
    return Reviewing.#began(place.start('review', ...always, ...words))
  }

  /** The same where no file may have more than so many blocks of 512 bytes: what is beyond is refused as on a full disk. */
  static beginLimited(story: Story, blocks: number, ...words: string[]): Promise<Reviewing> {
    return Reviewing.#began(
      story.shell(`ulimit -f ${blocks}; exec $itemwise review ${[...always, ...words].join(' ')}`),
    )
  }

  static async #began(command: StartedCommand): Promise<Reviewing> {
    const hasEnded = command.ended.then(({ err }) => Promise.reject(new Error(`It ended: ${err}`)))
    await Promise.race([until(() => command.out.endsWith('}\n')), hasEnded])
    hasEnded.catch(() => {})
    const { url } = JSON.parse(command.out)
    if (url === undefined) throw new Error(`The page did not begin: ${command.out}`)
    return new Reviewing(command, url)
  }

  get origin(): string {
    return new URL(this.address).origin
  }

  /** Opens the page as a person of its own does, who has cookies of their own. Whatever goes wrong in the page is thrown by `check`. */
  async open(options: BrowserContextOptions = {}, hash = new URL(this.address).hash): Promise<OpenPage> {
    const context = await (await openedBrowser()).newContext({ viewport: { width: 1280, height: 720 }, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(Number(process.env.ITEMWISE_PAGE_TIMEOUT ?? 60_000))
    this.#pages.push(page)
    const opened = new OpenPage(page)
    await page.goto(`${this.address.split('#')[0]}${hash}`)
    return opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const page of this.#pages) await page.context().close()
    this.command.signal('SIGINT')
    await this.command.ended
  }
}

export class OpenPage {
  readonly page: Page
  /** What scripts threw, and what the policy of the page refused. */
  readonly faults: string[] = []
  /** Every address that was asked for. */
  readonly asked: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.faults.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text())
    })
    page.on('request', (request) => this.asked.push(request.url()))
  }

  readonly press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await this.page.keyboard.press(key)
  }

  /** Waits until the page shows this text. */
  readonly shows = async (text: string | RegExp): Promise<void> => {
    await this.page.getByText(text).first().waitFor()
  }

  /** The ids and states of the table's rows that are drawn. */
  readonly rows = async (): Promise<string[]> => {
    const cells = this.page.locator('.row')
    return cells.evaluateAll((rows) =>
      rows.map((row) => `${row.querySelector('.cell-id')?.textContent} ${row.querySelector('.badge')?.textContent}`),
    )
  }
}
