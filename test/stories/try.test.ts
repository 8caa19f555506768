import { describe, expect, test } from 'vitest'
import { Story, until } from './story.ts'
import { prompts, step1, threeSteps, wordFiles } from './words.ts'

const all = (...some: number[]) => [
  ...prompts('Define', ...some),
  ...prompts('Rate', ...some),
  ...prompts('Teach', ...some),
]

function tries(out: string): {
  run: string
  model: string | null
  prompt: string | null
  items: { item: string; steps: { prompt_name: string }[] }[]
}[] {
  return JSON.parse(out).tries
}

describe('try', () => {
  test('sends the first item through every step at once, shows it with what it cost, and keeps it as a one-off', async () => {
    await using story = await Story.begin(wordFiles(5, threeSteps))
    const { code, out, err } = await story.run('try', 'words')
    expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: all(1) })
    expect(out).toMatch(
      /^=+\nItem 11\n=+\nStep 1 \(define\), prompt:\nDefine w1\.\n-+\nclaude[\w-]+, define: \d+ tokens in, \d+ out, \$0\.\d+, \d+\.\ds\n\{\n {2}"nr": 1,\n[\s\S]*\nStep 3 \(teach\), prompt:\n/,
    )
    const [id] = story.names('outputs/_runs')
    expect(out).toContain(`\nOne-off run ${id}: `)
    expect(err).toBe('Compare it: itemwise compare words --last-try\n')
    expect(story.has('outputs/words')).toBe(false)
    expect((await story.run('list', '--all', '--json')).out).toBe('[]\n')
  })

  test('takes the items that are named, chosen or drawn', async () => {
    await using story = await Story.begin(wordFiles(9, threeSteps))
    await story.run('try', 'pipelines/words.json', '13', '12')
    expect(story.asked()).toEqual(all(2, 3))
    await story.run('try', 'words', '--where', 'word > "w4"')
    expect(story.asked()).toEqual(all(5))
    story.write('ids.txt', '14\n16\n')
    await story.run('try', 'words', '11', '--ids-from', 'ids.txt')
    expect(story.asked()).toEqual(all(1, 4, 6))
    await story.run('try', 'words', '--sample', '2', '--seed', '3')
    const drawn = story.asked()
    await story.run('run', 'pipelines/words.json', '--sample', '2', '--seed', '3')
    expect(drawn).toEqual(story.asked())
    const { code, err } = await story.run('try', 'words', 'w1')
    expect({ code, err }).toEqual({
      code: 2,
      err: 'itemwise: Step 1: batch_only_items (--only) names w1, but the input has no such item. Did you mean 11 or 12 or 13?\n',
    })
  })

  test('an item that fails is shown with the reason, and the exit code is 3', async () => {
    await using story = await Story.begin(wordFiles(2, threeSteps))
    story.api.answer = ({ prompt }) => (prompt.startsWith('Rate') ? { refusal: true } : undefined)
    const { code, out } = await story.run('try', 'words')
    expect(code).toBe(3)
    expect(out).toMatch(/\n\(refusal: /)
    expect(out).not.toContain('Step 3')
  })

  test('sets models side by side, and templates', async () => {
    await using story = await Story.begin({
      ...wordFiles(3, threeSteps),
      'prompts/define_shortly.md': 'Define shortly {word}.',
      'prompts/teach_again.md': 'Teach again {answer}.',
    })
    const models = ['claude-haiku-4-5', 'claude-sonnet-4-5']
    const byModel = await story.run('try', 'words', '--model', ...models, '--json')
    expect(tries(byModel.out)).toMatchObject(models.map((model) => ({ model, prompt: null, items: [{ item: '11' }] })))
    expect(story.sent.map(({ body }) => body.model).toSorted()).toEqual([...models, ...models, ...models].toSorted())
    story.asked()
    const { out } = await story.run('try', 'words', '12', '--prompt', 'define', 'define_shortly')
    expect(story.asked()).toEqual([...all(2), ...prompts('Define shortly', 2), 'Rate w2', 'Teach w2'].toSorted())
    expect(out).toMatch(/\nDefine w2\. +│ Define shortly w2\.\n/)
    const compared = await story.run('compare', 'words', '--last-try', '--json')
    const { steps, items } = JSON.parse(compared.out)
    expect(items).toMatchObject({ in_a: 1, in_b: 1, in_both: 1 })
    expect(steps).toHaveLength(3)
    expect(steps[0]).toMatchObject({ answers: { same: 0, changed: 1, added: 0, removed: 0 } })
    const third = await story.run('try', 'words', '--prompt', 'teach_again', '--step', 'teach', '--json')
    expect(tries(third.out)[0]?.items[0]?.steps.map((step) => step.prompt_name)).toEqual([
      'define',
      'rate',
      'teach_again',
    ])
    expect(story.collated(`_runs/${tries(third.out)[0]?.run}`, '03_teach.json')).toHaveLength(1)
  })

  test('has one limit for all that it asks', async () => {
    await using story = await Story.begin(wordFiles(3))
    const models = ['claude-haiku-4-5', 'claude-sonnet-4-5']
    const refused = await story.run('try', 'words', '--max-cost', '0.00001')
    expect({ code: refused.code, asked: story.asked() }).toEqual({ code: 2, asked: [] })
    const whole = JSON.parse((await story.run('try', 'words', '--model', ...models, '--max-cost', '5', '--json')).out)
    const [first, second] = whole.tries.map(
      ({ run }: { run: string }) => story.runDocument(`_runs/${run}`).request.max_cost_usd,
    )
    expect(first).toBe(5)
    expect(second).toBeCloseTo(5 - whole.tries[0].stats.cost_usd, 9)
    expect(second).toBeLessThan(5)
  })

  test('a request or a choice that is wrong is refused, and nothing is kept', async () => {
    await using story = await Story.begin(wordFiles(3))
    const wrong = [
      ['wrods'],
      ['words', '--step', '1'],
      ['words', '--prompt', 'defin'],
      ['words', '--watch', '--json'],
      ['words', '--seed', '4'],
    ]
    for (const words of wrong) expect((await story.run('try', ...words)).code).toBe(2)
    expect({ asked: story.asked(), outputs: story.has('outputs') }).toEqual({ asked: [], outputs: false })
  })
})

describe('compare --last-try', () => {
  test('compares the tried items with the latest version, a version that is named, or the try before', async () => {
    await using story = await Story.begin(wordFiles(5, threeSteps))
    const nothing = await story.run('compare', 'words', '--last-try')
    expect(nothing).toMatchObject({
      code: 2,
      err: 'itemwise: Nothing was tried of words yet. `itemwise try words` does.\n',
    })
    await story.run('try', 'words', '12')
    expect((await story.run('compare', 'words', '--last-try')).err).toContain(
      'There is no version that the last try could be compared with.',
    )
    story.write('prompts/define.md', 'Define {word} anew.')
    await story.run('try', 'words', '12')
    const before = await story.run('compare', 'words', '--last-try')
    const [first, second] = story.names('outputs/_runs')
    expect(before.out).toContain(`${first} vs ${second}`)
    expect(before.out).toContain('Step 1 (define): 0 same, 1 changed, 0 added, 0 removed\n')
    await story.run('run', 'pipelines/words.json')
    await story.run('run', 'pipelines/words.json')
    const latest = await story.run('compare', 'words', '--last-try', '--detail')
    expect(latest.out).toContain(`v1 vs ${second}`)
    expect(latest.out).toContain('Step 1 (define): 1 same, 0 changed, 0 added, 0 removed\n')
    expect((await story.run('compare', 'words', 'v0', '--last-try')).out).toContain(`v0 vs ${second}`)
    expect((await story.run('compare', 'words', 'v0', 'v1', '--last-try')).err).toContain(
      '--last-try takes one version at most',
    )
    expect((await story.run('compare', 'words', 'v0')).err).toContain(
      'Which versions? Name two (itemwise compare words v0 v1)',
    )
  })
})

describe('try --watch', () => {
  test('asks again when the template is saved, says what it costs, and ends with Ctrl-C', async () => {
    await using story = await Story.begin(wordFiles(3))
    const watching = story.start('try', 'words', '--watch')
    await watching.says('Waiting for a template to be saved. Ctrl-C ends it.')
    story.write('prompts/define.md', 'Define {word}.')
    story.write('prompts/other.md', 'Nobody uses this.')
    story.write('prompts/define.md', 'Define {wrod}.')
    await watching.says('uses {wrod}, which item 11 lacks')
    story.write('prompts/define.md', 'Define {word} anew.')
    await until(() => story.sent.length === 2)
    await until(() => watching.out.includes('since the start', watching.out.indexOf('Define w1 anew')))
    await until(() => watching.out.split('since the start').length === 3)
    watching.signal('SIGINT')
    const { code, out } = await watching.ended
    expect({ code, asked: story.asked() }).toEqual({ code: 0, asked: ['Define w1', 'Define w1 anew'] })
    expect(out).toMatch(/\$0\.\d+; \$0\.\d+ since the start\.\n/)
  })

  test('does not ask for more than its limit holds', async () => {
    await using story = await Story.begin(wordFiles(3, [{ ...step1, model: 'claude-haiku-4-5', max_tokens: 200 }]))
    // One call may cost $0.00226 at worst: after the first, too little is left.
    const watching = story.start('try', 'words', '--watch', '--max-cost', '0.0023')
    await watching.says('Waiting for a template to be saved.')
    story.write('prompts/define.md', 'Define {word} anew.')
    await watching.says('max_cost_usd is $0.0021')
    watching.signal('SIGINT')
    expect((await watching.ended).code).toBe(2)
    expect(story.asked()).toEqual(['Define w1'])
  })
})
