/** The command line on AWS, as a person types it: in a process of its own, in a folder whose files the bucket does not have. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../stories/story.ts'
import { step1, words } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'

interface Words {
  cloud: Cloud
  name: string
  /** Writes a file of the workspace here. */
  write: (path: string, content: unknown) => void
}

/** A workspace here with a pipeline over `count` words. Nothing of it is in the bucket. */
async function beginWords(
  count: number,
  options: { latencyMs?: number; step?: object; request?: object } = {},
): Promise<Words> {
  const cloud = await Cloud.begin({}, options)
  // Neither here nor there, whatever tests before left.
  rmSync(join(cloud.root, 'itemwise.yaml'), { force: true })
  await cloud.store.remove('itemwise.yaml')
  const name = freshName('words')
  const write = (path: string, content: unknown) => {
    mkdirSync(dirname(join(cloud.root, path)), { recursive: true })
    writeFileSync(join(cloud.root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  const step = {
    ...step1,
    prompt_name: name,
    input_file: `inputs/${name}.json`,
    output_file: 'define.json',
    ...options.step,
  }
  write(`inputs/${name}.json`, words(count))
  write(`prompts/${name}.md`, 'Define {word}.')
  write('pipelines/words.json', { pipeline_name: name, steps: [step], ...options.request })
  return { cloud, name, write }
}

const onAws = ['--target', 'aws']

test('run brings up what changed, follows with the lines of a run here, and gives the same result', async () => {
  const { cloud, name, write } = await beginWords(5)
  await using _cloud = cloud
  const here = await cloud.cli('run', 'pipelines/words.json', '--json')
  const first = await cloud.cli('run', 'pipelines/words.json', '--json', ...onAws)
  expect(first.code).toBe(0)
  expect(first.err).toContain(`Sent: inputs/${name}.json, prompts/${name}.md\noutputs/${name}/v0 (initial)\n`)
  expect(first.err).toMatch(new RegExp(`Step 1/1 ${name}: 5 of 5 answered, .*tokens in, .* out, \\$0\\.0`))
  expect(JSON.parse(first.out)).toEqual(JSON.parse(here.out))

  write(`prompts/${name}.md`, 'Define {word} well.')
  const second = await cloud.cli('run', 'pipelines/words.json', '--notes', 'again', ...onAws)
  expect(second.err).toContain(`Sent: prompts/${name}.md\n`)
  expect(second.out).toContain(`v1 of ${name} is completed: 5 items, 5 processed`)
  const third = await cloud.cli('rerun', name, '12', '--note', 'one', ...onAws)
  expect(third.err).not.toContain('Sent: ')
  expect(third.out).toContain(`v2 of ${name} is completed: 5 items, 1 processed, 4 carried over`)

  const listed = await cloud.cli('list', name, '--all', ...onAws)
  expect(listed.out).toContain(`PIPELINE: ${name}\nVersions: 3\nLatest: v2\n`)
  expect(await cloud.cli('compare', name, 'v1', 'v2', ...onAws)).toMatchObject({
    ...{ code: 0, err: '' },
    out: expect.stringContaining('Only in v2: (none, merged with v1)'),
  })
  expect(await cloud.cli('label', name, '1', '--status', 'final', ...onAws)).toMatchObject({
    ...{ code: 0, out: 'v1: draft → final\n' },
    err: `As an input, outputs/${name}/@final/… now leads to v1.\n`,
  })
  expect((await cloud.cli('show', name, '@final', '12', ...onAws)).out).toContain('Define w2 well.')
  const exported = await cloud.cli('export', name, '--format', 'jsonl', ...onAws)
  expect(exported.out.trim().split('\n')).toHaveLength(5)
})

test('table and show --grep say of a version there what they say of it here; disk and prune know what is there', async () => {
  const { cloud, name } = await beginWords(5)
  await using _cloud = cloud
  for (const place of [[], onAws])
    for (const asked of [
      ['run', 'pipelines/words.json'],
      ['rerun', name, '12'],
    ])
      expect((await cloud.cli(...asked, ...place)).code).toBe(0)
  for (const looking of [
    ['table', name, '--sort', 'answer.nr', '--where', 'answer.nr > 2'],
    ['show', name, '--grep', '.'],
  ]) {
    const here = await cloud.cli(...looking)
    expect(here).toMatchObject({ code: 0, out: expect.stringMatching(/1[345]/) })
    expect(await cloud.cli(...looking, ...onAws)).toEqual(here)
  }
  const { rows } = JSON.parse((await cloud.cli('disk', name, '--json', ...onAws)).out)
  expect(rows).toMatchObject([
    { name: 'v0', by: { prompts: expect.any(Number) } },
    { name: 'v1', by: { prompts: expect.any(Number) } },
  ])
  const v0 = { pipeline: name, version: 'v0' }
  const before = await cloud.collated(v0, '01_define.json')
  expect((await cloud.cli('prune', name, ...onAws)).code).toBe(2)
  expect(await cloud.cli('prune', name, '--yes', ...onAws)).toMatchObject({
    ...{ code: 0, out: expect.stringMatching(/^Removed: /) },
  })
  expect(await cloud.store.list(`outputs/${name}/v0/prompts/`)).toEqual(['pruned.txt'])
  expect(await cloud.store.list(`outputs/${name}/v1/prompts/`)).toHaveLength(1)
  expect(await cloud.collated(v0, '01_define.json')).toEqual(before)
})

test('what people say of answers is kept there as here, and chooses what is rerun, exported and labelled', async () => {
  const { cloud, name } = await beginWords(5)
  await using _cloud = cloud
  const shown: Record<string, unknown>[] = []
  for (const place of [[], onAws]) {
    const steps = [
      ['run', 'pipelines/words.json'],
      ['approve', name, '11', '13', '--by', 'Maria'],
      ['flag', name, '12', '--by', 'Maria', '--comment', 'Zu lang'],
      ['comment', name, '14', '--comment', 'Ask', '--by', 'Otto'],
      ['clear', name, '13', '--by', 'Otto'],
      ['label', name, 'v0', '--status', 'final'],
      ['label', name, 'v0', '--status', 'rc', '--strict'],
      ['export', name, '--approved', '--format', 'jsonl'],
      ['rerun', name, '--flagged', '--keep-approved', '--dry-run'],
      ['rerun', name, '--unreviewed', '11', '--dry-run'],
      ['rerun', name, '--flagged', '--json'],
      ['reviews', name],
      ['approve', name, '11', '14', '12x', '--by', 'Maria'],
    ]
    for (const [at, words] of steps.entries()) {
      const { code, out, err } = await cloud.cli(...words, ...place)
      const said = `${out}${['run', 'rerun'].includes(words[0]!) && !words.includes('--dry-run') ? '' : err}`
      const [here] = shown.filter((each) => each.at === at)
      const now = { at, words, code, said: said.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME') }
      if (here === undefined) shown.push(now)
      else expect(now).toEqual(here)
    }
  }
  expect(shown.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 2])
  const said = shown.map((each) => String(each.said))
  expect(said[6]).toContain('1 flagged (12), and 3 that nobody has reviewed (13, 14, 15).')
  expect(said[8]).toContain('1 to ask for, 4 carried over')
  // The server answers alike, so the review of 12 stands.
  expect(said[11]).toMatch(/11 +approved, Maria.*\n.*12 +flagged, Maria.*: Zu lang/)
  // Without --by it is whoever AWS says.
  const own = await cloud.cli('approve', name, '15', ...onAws)
  expect(own.out).toMatch(/^Approved 15 in step 1 .* of v1, by arn:aws:.*\.\n$/)
})

test('what is wrong is refused in the words of a run here, and nothing is brought up or started', async () => {
  const { cloud, name, write } = await beginWords(3)
  await using _cloud = cloud
  write(`prompts/${name}.md`, 'Define {wrod}.')
  const here = await cloud.cli('run', 'pipelines/words.json')
  const there = await cloud.cli('run', 'pipelines/words.json', ...onAws)
  expect(there).toEqual(here)
  expect([there.code, there.err]).toEqual([2, expect.stringContaining('{wrod}')])
  expect(await cloud.store.size(`inputs/${name}.json`)).toBeUndefined()
  expect(await cloud.cli('rerun', name, '12', ...onAws)).toMatchObject({ code: 2 })
  expect(await cloud.cli('resume', name, ...onAws)).toMatchObject({ code: 2 })
  expect(cloud.sent).toEqual([])
})

test('a dry run and an estimate look at the files here and the versions there, and bring nothing up', async () => {
  const { cloud, name } = await beginWords(3)
  await using _cloud = cloud
  const here = await cloud.cli('run', 'pipelines/words.json', '--dry-run')
  expect(await cloud.cli('run', 'pipelines/words.json', '--dry-run', ...onAws)).toEqual(here)
  const estimated = await cloud.cli('estimate', 'pipelines/words.json')
  expect(await cloud.cli('estimate', 'pipelines/words.json', ...onAws)).toEqual(estimated)
  expect(await cloud.store.size(`inputs/${name}.json`)).toBeUndefined()
})

test('a run above confirm_above_usd is confirmed before anything is brought up', async () => {
  const { cloud, name, write } = await beginWords(3)
  await using _cloud = cloud
  write('itemwise.yaml', 'confirm_above_usd: 0')
  const here = await cloud.cli('run', 'pipelines/words.json')
  expect(await cloud.cli('run', 'pipelines/words.json', ...onAws)).toEqual(here)
  expect(here).toMatchObject({ code: 2, err: expect.stringContaining('Add --yes to start it.') })
  expect(await cloud.store.size(`inputs/${name}.json`)).toBeUndefined()
  expect(await cloud.cli('run', 'pipelines/words.json', '--yes', ...onAws)).toMatchObject({ code: 0 })
})

test('items that fail end with 3, and asking for them again with 0', async () => {
  const { cloud, name } = await beginWords(4)
  await using _cloud = cloud
  cloud.answer = ({ prompt }) => (prompt === 'Define w3.' ? { status: 400, message: 'No.' } : undefined)
  const run = await cloud.cli('run', 'pipelines/words.json', ...onAws)
  expect(run).toMatchObject({ code: 3, out: expect.stringContaining('4 items, 4 processed, 1 failed') })
  expect(run.err).toMatch(/3 of 4 answered, 1 failed/)
  cloud.answer = undefined
  const again = await cloud.cli('rerun', name, '--failed', ...onAws)
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('1 processed, 3 carried over') })
  expect(await cloud.cli('rerun', name, '--failed', ...onAws)).toMatchObject({
    ...{ code: 0, out: `v1 of ${name} has no failed items. Nothing was started.\n` },
  })
})

test.each([
  ['of many', 0],
  ['that comes when all others are there', 2000],
])('a step that stops on errors ends the run with 1 at a failure %s, the reason, and how to go on', async (_, late) => {
  const { cloud, name } = await beginWords(40, { step: { batch_stop_on_error: true } })
  await using _cloud = cloud
  const no = { status: 400, message: 'No.', delay_ms: late }
  cloud.answer = ({ prompt }) => (prompt === 'Define w3.' ? no : undefined)
  const failed = await cloud.cli('run', 'pipelines/words.json', ...onAws)
  expect(failed).toMatchObject({ code: 1, out: '' })
  expect(failed.err).toContain(
    `The answers so far are kept in outputs/${name}/v0. Resume it: itemwise resume ${name} v0 --target aws\n`,
  )
  expect(failed.err).toContain('itemwise: Item 13 failed in step 1')
  cloud.answer = undefined
  const before = cloud.asked()
  expect(await cloud.cli('resume', name, ...onAws)).toMatchObject({ code: 0 })
  expect(cloud.asked().filter((prompt) => before.includes(prompt) && prompt !== 'Define w3.')).toEqual([])
})

// A call may cost $0.0022, and costs a hundredth of it.
test('a limit that is reached ends with 1 and what is to be said', async () => {
  const { cloud, name } = await beginWords(60, { request: { max_cost_usd: 0.0023 } })
  await using _cloud = cloud
  const reached = await cloud.cli('run', 'pipelines/words.json', ...onAws)
  expect(reached).toMatchObject({
    code: 1,
    err: expect.stringContaining('The limit of $0.0023 (max_cost_usd) is reached'),
  })
  expect(await cloud.cli('resume', name, '--max-cost', '1', ...onAws)).toMatchObject({ code: 0 })
})

test('Ctrl-C without a terminal leaves the run running; follow watches it to its end', async () => {
  const { cloud, name } = await beginWords(60, { latencyMs: 1000 })
  await using _cloud = cloud
  const started = cloud.startCli('run', 'pipelines/words.json', ...onAws)
  await started.says(`outputs/${name}/v0 (initial)`)
  started.signal('SIGINT')
  const left = await started.ended
  expect(left).toMatchObject({ code: 130, out: '' })
  expect(left.err).toContain(
    `The run continues. Follow it again: itemwise follow ${name} v0. Stop it: itemwise abort ${name} v0.\nitemwise: No longer watched.\n`,
  )
  const followed = await cloud.cli('follow', name)
  expect(followed).toMatchObject({ code: 0, out: expect.stringContaining(`v0 of ${name} is completed: 60 items`) })
  expect(new Set(cloud.asked()).size).toBe(60)
  const again = await cloud.cli('follow', name, 'v0')
  expect(again).toMatchObject({ code: 0, out: followed.out })
})

test('--detach starts and returns; abort stops it; whoever follows ends with 130; resume pays for nothing twice', async () => {
  const { cloud, name } = await beginWords(80, { latencyMs: 1000 })
  await using _cloud = cloud
  const detached = await cloud.cli('run', 'pipelines/words.json', '--detach', '--json', ...onAws)
  const { run_id } = JSON.parse(detached.out)
  expect(detached).toMatchObject({ code: 0, err: expect.stringContaining(`Follow it: itemwise follow ${run_id}.`) })
  const following = cloud.startCli('follow', run_id)
  await following.says(`outputs/${name}/v0 (initial)`)
  while (cloud.sent.length < 4) await new Promise((done) => setTimeout(done, 50))
  const aborted = await cloud.cli('abort', name)
  expect(aborted).toMatchObject({ code: 0, out: expect.stringContaining(`The run ${run_id} is stopping`) })
  const ended = await following.ended
  expect(ended).toMatchObject({ code: 130, err: expect.stringContaining(`itemwise resume ${name} v0 --target aws`) })
  expect((await cloud.metadata({ pipeline: name, version: 'v0' })).status).toBe('aborted')
  expect(await cloud.cli('abort', name)).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is nothing to stop'),
  })

  expect(await cloud.cli('resume', name, ...onAws)).toMatchObject({ code: 0 })
  expect((await cloud.collated({ pipeline: name, version: 'v0' }, '01_define.json')).length).toBe(80)
})

test('a pulled version is one of here, and a version of here that is pushed is one of there', async () => {
  const { cloud, name } = await beginWords(3)
  await using _cloud = cloud
  await cloud.cli('run', 'pipelines/words.json', '--offline', ...onAws)
  await cloud.cli('rerun', name, '12', '--offline', ...onAws)
  const pulled = await cloud.cli('pull', name, 'v1')
  expect(pulled).toEqual({
    ...{ code: 0, out: '2 versions fetched, 0 already here.\n' },
    err: `Fetched: outputs/${name}/v0\nFetched: outputs/${name}/v1\n`,
  })
  for (const words of [
    ['list', name, '--all'],
    ['show', name, 'v1', '12'],
    ['compare', name, 'v0', 'v1', '--detail'],
  ])
    expect(await cloud.cli(...words)).toEqual(await cloud.cli(...words, ...onAws))
  expect(await cloud.cli('doctor', name)).toMatchObject({ code: 0 })
  expect(await cloud.cli('pull', name)).toMatchObject({ out: '0 versions fetched, 2 already here.\n' })

  expect((await cloud.cli('run', 'pipelines/words.json', '--offline', '--notes', 'here')).code).toBe(0)
  const path = `outputs/${name}/v2`
  expect(await cloud.cli('push', path)).toMatchObject({ code: 0, out: '1 sent, 0 already there.\n' })
  expect(await cloud.cli('push', path)).toMatchObject({ code: 0, out: '0 sent, 1 already there.\n' })
  expect(await cloud.cli('show', name, ...onAws)).toEqual(await cloud.cli('show', name))
  const next = await cloud.cli('run', 'pipelines/words.json', '--offline', ...onAws)
  expect(next.out).toContain(`v3 of ${name} is completed`)

  expect((await cloud.cli('run', 'pipelines/words.json', '--offline')).code).toBe(0)
  const record = readFileSync(join(cloud.root, `outputs/${name}/v3/metadata.json`), 'utf8')
  expect(await cloud.cli('pull', name)).toMatchObject({ code: 2, err: expect.stringContaining('was not overwritten') })
  expect(await cloud.cli('push', `outputs/${name}/v3`)).toMatchObject({
    code: 2,
    err: expect.stringContaining('was not overwritten'),
  })
  expect(readFileSync(join(cloud.root, `outputs/${name}/v3/metadata.json`), 'utf8')).toBe(record)
})

test('a version is pushed with those that it stands on', async () => {
  const { cloud, name } = await beginWords(3)
  await using _cloud = cloud
  await cloud.cli('run', 'pipelines/words.json', '--offline')
  await cloud.cli('rerun', name, '12', '--offline')
  expect(await cloud.cli('push', `outputs/${name}/v1`)).toEqual({
    ...{ code: 0, out: '2 sent, 0 already there.\n' },
    err: `Sent: outputs/${name}/v0\nSent: outputs/${name}/v1\n`,
  })
  const compared = await cloud.cli('compare', name, 'v0', 'v1', '--detail')
  expect(await cloud.cli('compare', name, 'v0', 'v1', '--detail', ...onAws)).toEqual(compared)
  expect((await cloud.cli('list', name, '--all', ...onAws)).out).toContain('Latest: v1')
})

test('push and pull bring over what people said, so that both places say the same, and nothing is there twice', async () => {
  const { cloud, name } = await beginWords(4)
  await using _cloud = cloud
  const path = `outputs/${name}/reviews.jsonl`
  const say = async (words: string[], ...place: string[]) =>
    expect(await cloud.cli(...words, ...place)).toMatchObject({ code: 0 })
  await say(['run', 'pipelines/words.json', '--offline'])
  await say(['approve', name, '11', '12', '--by', 'Maria'])
  expect(await cloud.cli('push', `outputs/${name}/v0`)).toEqual({
    ...{ code: 0, out: '2 sent, 0 already there.\n' },
    err: `Sent: outputs/${name}/v0\nSent: ${path} (2 reviews)\n`,
  })
  await say(['flag', name, '12', '--by', 'Otto', '--comment', 'Zu lang'], ...onAws)
  await say(['approve', name, '13', '--by', 'Otto'], ...onAws)
  await say(['clear', name, '11', '--by', 'Maria'])
  // Two at once.
  const pushed = await Promise.all([cloud.cli('push', path), cloud.cli('push', path)])
  expect(pushed.map(({ out }) => out).toSorted()).toEqual(['0 sent, 1 already there.\n', '1 sent, 0 already there.\n'])
  const pulled = await cloud.cli('pull', name, '--json')
  expect([JSON.parse(pulled.out), pulled.err]).toEqual([
    { brought_down: [], already_here: 1, reviews: 2 },
    `Fetched: ${path} (2 reviews)\n`,
  ])
  const { out } = await cloud.cli('reviews', name)
  expect(await cloud.cli('reviews', name, ...onAws)).toMatchObject({ code: 0, out })
  expect(out).toMatch(/11 +unreviewed, Maria.*\n +12 +flagged, Otto.*: Zu lang\n +13 +approved, Otto/)
  expect(readFileSync(join(cloud.root, path), 'utf8').split('\n')).toHaveLength(6)
  expect(await cloud.cli('pull', name)).toMatchObject({ out: '0 versions fetched, 1 already here.\n', err: '' })
  await cloud.cli('push')
  expect((await cloud.cli('push')).out).toMatch(/^0 sent, /)
  expect(await Array.fromAsync(cloud.store.reviews.all(name))).toHaveLength(5)
  expect(await cloud.cli('push', 'outputs/nothing/reviews.jsonl')).toMatchObject({ code: 2 })
})

test('push makes the index of a version from what it sends, also if the version has none', async () => {
  const { cloud, name } = await beginWords(3)
  await using _cloud = cloud
  await cloud.cli('run', 'pipelines/words.json', '--offline')
  const path = `outputs/${name}/v0/.index/01.bin`
  const index = readFileSync(join(cloud.root, path))
  rmSync(dirname(join(cloud.root, path)), { recursive: true })
  expect(await cloud.cli('push', `outputs/${name}/v0`)).toMatchObject({ code: 0, out: '1 sent, 0 already there.\n' })
  expect(Buffer.concat(await Array.fromAsync(cloud.store.read(path))).equals(index)).toBe(true)
  // A version here is not touched by what is sent.
  expect(existsSync(join(cloud.root, path))).toBe(false)
  expect((await cloud.cli('show', name, 'v0', '12', ...onAws)).out).toBe(
    (await cloud.cli('show', name, 'v0', '12')).out,
  )
})

test('push brings up what changed, and names what is not there', async () => {
  const { cloud, name, write } = await beginWords(1)
  await using _cloud = cloud
  const first = await cloud.cli('push', 'prompts', `inputs/${name}.json`, ...onAws)
  expect(first.err).toBe(`Sent: inputs/${name}.json\nSent: prompts/${name}.md\n`)
  write(`prompts/${name}.md`, 'Define {word} well.')
  expect(await cloud.cli('push', 'prompts', 'inputs')).toMatchObject({
    ...{ code: 0, out: '1 sent, 1 already there.\n', err: `Sent: prompts/${name}.md\n` },
  })
  expect(await cloud.text(`prompts/${name}.md`)).toBe('Define {word} well.')
  expect(await cloud.cli('push', 'promps')).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is no file promps'),
  })
  expect(await cloud.cli('push', '../elsewhere')).toMatchObject({
    code: 2,
    err: expect.stringContaining('is not in the workspace'),
  })
  expect(await cloud.cli('push', 'outputs')).toMatchObject({
    code: 2,
    err: expect.stringContaining('only whole versions and reviews are sent'),
  })
})

test('outside of any workspace the versions are read, and a rerun takes the templates of the bucket', async () => {
  const { cloud, name } = await beginWords(2)
  await using _cloud = cloud
  await cloud.cli('run', 'pipelines/words.json', '--offline', ...onAws)
  const elsewhere = mkdtempSync(join(tmpdir(), 'itemwise-elsewhere-'))
  const rerun = await cloud.cliIn(elsewhere, 'rerun', name, '12', '--offline', ...onAws)
  expect(rerun).toMatchObject({ code: 0, out: expect.stringContaining(`v1 of ${name} is completed`) })
  expect((await cloud.cliIn(elsewhere, 'list', name, '--all', ...onAws)).out).toContain('Latest: v1')
})

test('a stack that is not there, and AWS that cannot be reached, are one sentence', async () => {
  const { cloud } = await beginWords(1)
  await using _cloud = cloud
  const missing = await cloud.cli('list', '--stack', 'Itemwize', ...onAws)
  expect(missing).toEqual({
    ...{ code: 2, out: '' },
    err: 'itemwise: There is no stack Itemwize in us-east-1. Deploy it with `npx cdk deploy`, name another with --stack or ITEMWISE_STACK, or choose its region with AWS_REGION.\n',
  })
})

test('review serves the page and its API over the stack, with the credentials of whoever started it', async () => {
  const { cloud, name } = await beginWords(3)
  await using _cloud = cloud
  await cloud.cli('run', 'pipelines/words.json', ...onAws)
  const command = cloud.startCli('review', name, '--no-open', '--port', '0', '--json', ...onAws)
  await until(() => command.out.endsWith('}\n'))
  const { origin, searchParams, hash } = new URL(JSON.parse(command.out).url)
  expect(hash).toBe(`#/items/${name}/v0`)
  const headers = { Authorization: `Bearer ${searchParams.get('token')}`, 'Content-Type': 'application/json' }
  const ask = async (path: string, body?: object) => {
    const sent = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) }
    // biome-ignore lint/suspicious/noExplicitAny: each line says what it expects.
    return (await fetch(`${origin}${path}`, sent)).json() as Promise<any>
  }
  expect(await ask('/session')).toMatchObject({ target: 'aws', reviewer: expect.stringMatching(/^arn:aws:/) })
  const step = `/pipelines/${name}/versions/v0/steps/1`
  const { rows } = await ask(`${step}/rows`)
  expect(rows.map(({ root_id }: { root_id: string }) => root_id)).toEqual(['11', '12', '13'])
  const [{ root_id, answer_sha256 }] = rows
  const items = [{ root_id, answer_sha256, seen_at: null }]
  expect(await ask(`${step}/reviews`, { act: 'flag', comment: 'Dull', items })).toMatchObject({ count: 1 })
  expect(await ask('/estimates', { rerun: { pipeline: name, ids: null, flagged: true } })).toMatchObject({
    requests: 1,
  })
  const { run_id } = await ask('/runs', { rerun: { pipeline: name, ids: null, flagged: true } })
  const events = await (await fetch(`${origin}/runs/${run_id}/events`, { headers })).text()
  expect(events).toContain('"status":"completed"')
  expect(await ask(`/pipelines/${name}/versions/v1/steps/1/comparison`)).toMatchObject({ counts: { same: 3 } })
  command.signal('SIGINT')
  expect(await command.ended).toMatchObject({ code: 0 })
})
