/** Several people at once, a server that dies, a disk that is full: nothing that was kept is lost, and nobody is told so of what was not. */
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ofLines, Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { closeBrowserAtEnd, inBrowser, type OpenPage, Reviewing } from './browser.ts'

closeBrowserAtEnd()

async function begun(count: number): Promise<Story> {
  const story = await Story.begin(wordFiles(count, [step1]))
  await story.run('run', 'pipelines/words.json')
  return story
}

interface Kept {
  act: string
  root_id: string
  by: string
}

function keptIn(story: Story): string[] {
  if (!story.has('outputs/words/reviews.jsonl')) return []
  return ofLines<Kept>(story.read('outputs/words/reviews.jsonl')).map(
    ({ act, root_id, by }) => `${by}: ${act} ${root_id}`,
  )
}

/** Approves the next items of the table, one after the other, and waits until the page says that all is kept. */
async function approve(opened: OpenPage, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await opened.page.getByRole('checkbox', { name: `Select ${id}`, exact: true }).click()
    await opened.press('a')
  }
  await expect.poll(() => opened.page.locator('.badge-waits').count(), { timeout: 60_000 }).toBe(0)
}

inBrowser('the page', () => {
  test('loses no act of two browsers and a command line at once, and says whose was first', async () => {
    await using story = await begun(12)
    await using marias = await Reviewing.begin(story, 'words', '--by', 'Maria')
    await using ottos = await Reviewing.begin(story, 'words', '--by', 'Otto')
    const [maria, otto] = await Promise.all([marias.open(), ottos.open()])
    await Promise.all([maria.shows('12 items'), otto.shows('12 items')])
    await Promise.all([
      approve(maria, ['11', '12', '13', '14']),
      approve(otto, ['15', '16', '17', '18']),
      story.run('approve', 'words', '19', '20', '--by', 'Ana'),
    ])
    expect(keptIn(story).sort()).toEqual(
      [
        ...['11', '12', '13', '14'].map((id) => `Maria: approve ${id}`),
        ...['15', '16', '17', '18'].map((id) => `Otto: approve ${id}`),
        ...['19', '20'].map((id) => `Ana: approve ${id}`),
      ].sort(),
    )
    // Otto has not seen that Ana flags 21.
    await story.run('flag', 'words', '21', '--by', 'Ana', '--comment', 'Not a word')
    await approve(otto, ['21'])
    await otto.shows('Meanwhile Ana made it flagged: “Not a word”.')
    expect((await otto.rows())[10]).toBe('21 Flagged')
    expect(keptIn(story).filter((act) => act.endsWith('21'))).toEqual(['Ana: flag 21'])
    await otto.page.getByRole('button', { name: 'Say it all the same' }).click()
    await otto.page.locator('.row:nth-child(11)').locator('.badge-approved:not(.badge-waits)').waitFor()
    expect(keptIn(story).filter((act) => act.endsWith('21'))).toEqual(['Ana: flag 21', 'Otto: approve 21'])
    expect(maria.faults).toEqual([])
  })

  test('takes back what a server did not keep that died, and keeps it when it is said again', async () => {
    await using story = await begun(30)
    const first = await Reviewing.begin(story, 'words', '--by', 'Maria')
    const opened = await first.open()
    await opened.shows('30 items')
    const ids = Array.from({ length: 20 }, (_, at) => String(11 + at))
    const acting = (async () => {
      for (const id of ids) {
        await opened.page.getByRole('checkbox', { name: `Select ${id}`, exact: true }).click()
        await opened.press('a')
      }
    })()
    const some = (async () => {
      while (keptIn(story).length < 5) await wait(5)
    })()
    await Promise.race([some, acting])
    first.command.signal('SIGKILL')
    await acting
    await expect.poll(() => opened.page.locator('.badge-waits').count(), { timeout: 60_000 }).toBe(0)
    await opened.shows(/Not kept: approve \d\d\. The server does not answer/)
    const shown = (await opened.rows())
      .filter((row) => row.endsWith('Approved'))
      .map((row) => `Maria: approve ${row.slice(0, 2)}`)
    const kept = keptIn(story)
    expect(shown.filter((act) => !kept.includes(act))).toEqual([])
    expect(kept.length).toBeLessThan(20)

    await using second = await Reviewing.begin(story, 'words', '--by', 'Maria')
    const again = await second.open()
    await again.shows('30 items')
    expect(
      (await again.rows()).filter((row) => row.endsWith('Approved')).map((row) => `Maria: approve ${row.slice(0, 2)}`),
    ).toEqual(kept)
    await opened.page.context().close()
    await first.command.ended
  })

  test('takes back what a full disk did not keep', async () => {
    await using story = await begun(20)
    await using reviewing = await Reviewing.beginLimited(story, 3, 'words', '--by', 'Maria')
    const opened = await reviewing.open()
    await opened.shows('20 items')
    await approve(
      opened,
      Array.from({ length: 12 }, (_, at) => String(11 + at)),
    )
    await opened.shows(/Not kept: approve/)
    const shown = (await opened.rows())
      .filter((row) => row.endsWith('Approved'))
      .map((row) => `Maria: approve ${row.slice(0, 2)}`)
    expect(keptIn(story)).toEqual(shown)
    expect(shown.length).toBeGreaterThan(0)
    expect(shown.length).toBeLessThan(12)
  })
})
