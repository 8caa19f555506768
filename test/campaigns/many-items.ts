/**
 * Runs 100,000 items (short: 600) of which one in a hundred always fails, kills the run twice, resumes it, and counts at the API what was
 * lost or paid for twice. `npx node test/campaigns/many-items.ts --seed 7 --long`
 */
import { Story, until } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { type Begun, type Campaign, command } from './campaign.ts'
import { examine, findingLines } from './examine.ts'

export interface ManyReport {
  items: number
  answered: number
  failed: number
  calls: number
  /** Answers that were asked for twice, over both kills. */
  twice: number
  flaws: string[]
}

const concurrency = 16
const kills = 2
const itemsInPack = 1000

export const manyItems: Campaign<ManyReport> = {
  async run({ random, long }: Begun): Promise<ManyReport> {
    const items = long ? 100_000 : 600
    const calls = new Uint8Array(items + 1)
    let made = 0
    const keep = random() < 0.5 ? { prompts: 'packed', items: 'packed' } : undefined
    const files = wordFiles(items, [{ ...step1, max_concurrency: concurrency }], { keep })
    await using story = await Story.begin(files, { latencyMs: 5, record: false })
    story.api.answer = ({ prompt }) => {
      const number = Number(/w(\d+)\./.exec(prompt)?.[1])
      calls[number] = (calls[number] ?? 0) + 1
      made += 1
      return isFailing(number) ? { refusal: true } : undefined
    }
    for (let kill = 1; kill <= kills; kill++) {
      const command = story.start(...(kill === 1 ? ['run', 'pipelines/words.json'] : ['resume', 'words']))
      const moment = Math.floor(items * ((kill - 1) / kills + (0.1 + 0.8 * random()) / kills))
      let ended = false
      void command.ended.then(() => {
        ended = true
      })
      await until(() => ended || made >= moment)
      command.signal('SIGKILL')
      const { code, err } = await command.ended
      if (code !== null) throw new Error(`The run ended with ${code} before it was killed: ${err}`)
    }
    const { code, err } = await story.run('resume', 'words')
    return await counted(story, {
      items,
      places: keep === undefined ? items : Math.ceil(items / itemsInPack),
      calls,
      made,
      end: code === 3 ? [] : [`the resume ended with ${code}: ${err}`],
    })
  },
  closing: ({ items, answered, failed, calls, twice }) =>
    `${items} items killed ${kills} times at concurrency ${concurrency}: ${answered} answered, ${failed} failed, ${calls} calls, ${twice} answers asked for twice`,
}

function isFailing(number: number): boolean {
  return number % 100 === 7
}

interface Made {
  items: number
  /** Folders of items, or packs of them. */
  places: number
  calls: Uint8Array
  made: number
  end: string[]
}

async function counted(story: Story, { items, places, calls, made, end }: Made): Promise<ManyReport> {
  const flaws = [...end]
  const numbers = Array.from({ length: items }, (_, at) => at + 1)
  const good = numbers.filter((number) => !isFailing(number))
  const twice = good.reduce((sum, number) => sum + Math.max(0, (calls[number] ?? 0) - 1), 0)
  if (twice > kills * concurrency) flaws.push(`${twice} answers were asked for twice`)
  const lines = story.ledger('words/v0', 1)
  if (lines.map(({ item_index }) => item_index).join() !== numbers.join()) flaws.push('the ledger has other items')
  const answers = story.collated('words/v0', '01_define.json').map(({ nr }) => nr)
  if (answers.join() !== good.join()) flaws.push('the array has other answers')
  const errors = story.errors('words/v0', 1)
  if (errors.map(({ item_index }) => item_index).join() !== numbers.filter(isFailing).join())
    flaws.push('the errors name other items')
  const { stats, status } = story.metadata('words/v0')
  const record = { status, items: stats.items, processed: stats.processed, failed: stats.failed }
  const wanted = { status: 'completed', items, processed: items, failed: errors.length }
  if (JSON.stringify(record) !== JSON.stringify(wanted)) flaws.push(`the record says ${JSON.stringify(record)}`)
  const kept = story.names('outputs/words/v0/items').length
  if (kept !== places) flaws.push(`items/ has ${kept} folders or packs in the place of ${places}`)
  flaws.push(...findingLines(await examine(story.root, { fix: false })))
  return { items, answered: answers.length, failed: errors.length, calls: made, twice, flaws }
}

if (import.meta.main) await command(manyItems)
