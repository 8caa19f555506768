/** The library on a stack: the same calls as in a folder. */
import { copyFileSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, expectTypeOf, test } from 'vitest'
import { openWorkspace, RequestRefused, RunDetached, RunInterrupted } from '../../index.ts'
import { StartedCommand } from '../cli/command.ts'
import { onStack as firstProgramOn } from '../first-program.ts'
import { guidePrograms } from '../guide-programs.ts'
import { installPacked, packInto } from '../packed-package.ts'
import { makeProgrammersFolder } from '../programmers-folder.ts'
import { words } from '../stories/words.ts'
import { Cloud, freshName, stack } from './cloud.ts'

const examples = resolve(import.meta.dirname, '../../examples')
const region = 'us-east-1'

function onStack() {
  return openWorkspace({ stack: stack.stackName, region })
}

/** Starts a program of the folder. Its region is the one that it names. */
function startProgram(cloud: Cloud, file: string, env: NodeJS.ProcessEnv = {}): StartedCommand {
  const { PATH, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env
  const aws = { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }
  return new StartedCommand({ folder: cloud.root, env: { PATH, ...aws, ...env } }, [], [process.execPath, file])
}

test('the first program runs on a stack from the packed package, as it stands in an empty folder', async () => {
  await using cloud = await Cloud.begin({})
  installPacked(cloud.root, packInto(cloud.root))
  await cloud.put('program.ts', firstProgramOn({ stack: stack.stackName, region }))
  const { code, out, err } = await startProgram(cloud, 'program.ts').ended
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^T-1 (billing|tech)\nT-2 (billing|tech)\n$/)
  expect(cloud.asked().length).toBe(2)
  const offline = await startProgram(cloud, 'program.ts', { ITEMWISE_OFFLINE: '1' }).ended
  expect(offline).toMatchObject({ code: 0, err: '' })
  expect(cloud.asked()).toEqual([])
})

test('the first program of the guide runs on a stack as it does in a folder; what it made is rerun with two new items', async () => {
  const name = freshName('tickets')
  await using cloud = await Cloud.begin({})
  makeProgrammersFolder(cloud.root)
  const program = guidePrograms()[0]!
    .replace("openWorkspace('.')", `openWorkspace({ stack: '${stack.stackName}', region: '${region}' })`)
    .replace("pipeline_name: 'tickets'", `pipeline_name: '${name}'`)
  await cloud.put('program.ts', program)
  const { code, out, err } = await startProgram(cloud, 'program.ts').ended
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^T-1 (billing|tech)\nT-2 (billing|tech)\n2 tickets, 0 failed\n$/)
  expect(cloud.asked().length).toBe(2)

  const workspace = onStack()
  const items = ['T-1', 'T-2', 'T-3', 'T-4'].map((id) => ({ id, subject: `Subject ${id}`, body: 'Body' }))
  const again = await workspace.rerun({ pipeline: name, ids: ['T-3', 'T-4'], items })
  expect(again.folder).toBe(`s3://${stack.BucketName}/outputs/${name}/v1`)
  const ids: string[] = []
  for await (const { id, answer } of again.answers()) {
    expectTypeOf(answer).toBeUnknown()
    ids.push(id)
  }
  expect(ids).toEqual(['T-1', 'T-2', 'T-3', 'T-4'])
  expect((await again.done).stats).toMatchObject({ processed: 2, carried_over: 2, failed: 0 })
  expect(cloud.asked()).toEqual(['Sort this ticket: Subject T-3\n\nBody', 'Sort this ticket: Subject T-4\n\nBody'])
  const prompts = { step_1: 'To which team? {subject}' }
  await (await workspace.rerun({ pipeline: name, ids: ['T-1'], prompts })).done
  // The items are those that the base keeps.
  expect(cloud.asked()).toEqual(['To which team? Subject T-1'])

  const v0 = await workspace.version(name, 'v0')
  expect(await Array.fromAsync((await v0.compare('v1')).differences())).toMatchObject([
    { id: 'T-3', kind: 'added' },
    { id: 'T-4', kind: 'added' },
  ])
  const [step] = await v0.item('T-1')
  expect(step).toMatchObject({
    prompt: 'Sort this ticket: Charged twice\n\nMy card was charged twice in May.',
    prompt_path: `s3://${stack.BucketName}/outputs/${name}/v0/prompts/01_prompt_T-1.md`,
    answer: { id: 'T-1' },
    ledger: { cost_usd: expect.any(Number) },
  })
  expect(await v0.errors()).toEqual([])
  expect((await v0.label({ status: 'final' })).pipeline_status).toBe('final')
  expect((await workspace.version(name, '@final')).version).toBe('v0')
  const csv = await (await workspace.version(name)).export(join(cloud.root, 'tickets.csv'))
  expect(readFileSync(csv, 'utf8').split('\n').length).toBe(6)
  const [listed] = await workspace.list(name)
  expect(listed).toMatchObject({ pipeline: name, latest: 'v2', versions: [{}, {}, {}] })
  await (await workspace.version(name, 'v2')).remove({ force: true })
  expect((await workspace.version(name)).version).toBe('v1')
  const elsewhere = openWorkspace({ stack: 'Nowhere', region })
  await expect(elsewhere.list()).rejects.toThrow(
    'There is no stack Nowhere in us-east-1. Deploy it with `npx cdk deploy`, name another with stack, or choose its region with region.',
  )
  await expect(elsewhere.list()).rejects.toBeInstanceOf(RequestRefused)
})

test('a run on a stack is left, found again, stopped with a reason, and resumed', async () => {
  const name = freshName('words')
  await using cloud = await Cloud.begin({ 'prompts/say.md': 'Say {word}.' })
  const { promise: seen, resolve: see } = Promise.withResolvers<void>()
  cloud.answer = ({ prompt }) => (/two/.test(prompt) ? { after: seen } : undefined)
  const workspace = openWorkspace({ stack: stack.stackName, region, folder: cloud.root })
  const items = ['one', 'two', 'three'].map((word) => ({ word }))
  const steps = [
    { prompt_name: 'say', items, batch_id_field: 'word', answer_format: 'text', max_concurrency: 1 },
  ] as const
  const left = await workspace.run({ pipeline_name: name, steps }, { detach: true })
  await expect(left.done).rejects.toBeInstanceOf(RunDetached)
  const stop = new AbortController()
  const found = await workspace.follow(name, { signal: stop.signal })
  const answers = found.answers()
  // It is there while the second one is still under way.
  expect((await answers.next()).value).toMatchObject({ id: 'one', answer: { text: expect.any(String) } })
  const reason = new Error('Enough for today.')
  stop.abort(reason)
  see()
  const error: unknown = await found.done.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RunInterrupted)
  expect(error).toMatchObject({ cause: reason, version: { pipeline: name, version: 'v0' } })
  await expect(workspace.abort(name)).rejects.toThrow('has ended already, so there is nothing to stop')
  cloud.answer = undefined
  makeProgrammersFolder(cloud.root)
  const program = guidePrograms().find((text) => text.includes('stack:'))!
  const elsewhere = freshName('words')
  await cloud.put(
    'program.ts',
    program
      .replaceAll("'words'", `'${elsewhere}'`)
      .replace("stack: 'Itemwise', region: 'eu-central-1'", `stack: '${stack.stackName}', region: '${region}'`),
  )
  expect(await startProgram(cloud, 'program.ts').ended).toEqual({
    code: 0,
    out: expect.stringMatching(/^v0 goes on without this program\.\n1 \{\s+id: 1,\s+text: '.+'\s+\}\n$/),
    err: '',
  })
  const resumed = await workspace.resume(name)
  expect((await Array.fromAsync(resumed.answers())).map(({ id }) => id)).toEqual(['one', 'two', 'three'])
  expect((await resumed.done).stats.processed).toBe(3)
})

test('a run at half price on a stack is left, followed, stopped with its message batches cancelled, and resumed', async () => {
  const name = freshName('half')
  await using cloud = await Cloud.begin({})
  const { batches } = cloud.server
  Object.assign(batches.behaviour, { takesMs: 3_600_000, doneShare: 0.5 })
  const workspace = onStack()
  const steps = [{ prompt: 'Define {word}.', items: words(30), answer_format: 'text' }] as const
  const left = await workspace.run({ pipeline_name: name, delivery: 'batch', steps }, { detach: true })
  await expect(left.done).rejects.toBeInstanceOf(RunDetached)
  const found = await workspace.follow(name)
  for await (const event of found.events())
    if (event.type === 'message' && /is with the API \(29 requests/.test(event.text)) break
  expect((await workspace.version(name)).metadata.status).toBe('running')
  expect(await workspace.abort(name)).toEqual({ pipeline: name, version: 'v0' })
  await expect(found.done).rejects.toBeInstanceOf(RunInterrupted)
  expect(batches.all.map(({ cancelled }) => cancelled !== null)).toEqual([true])

  batches.behaviour.takesMs = 0
  const resumed = await workspace.resume(name)
  const ids = (await Array.fromAsync(resumed.answers())).map(({ id }) => Number(id))
  expect(ids).toEqual(words(30).map(({ id }) => id))
  const { stats } = await resumed.done
  expect(stats).toMatchObject({ processed: 30, failed: 0 })
  expect(stats.by_batch).toBeGreaterThan(0)
  expect(batches.all.map(({ requests }) => requests.length)).toEqual([29, 15])
})

test('what a run at half price has left with the API when it failed is cancelled by abort', async () => {
  const name = freshName('half')
  await using cloud = await Cloud.begin({})
  const { batches } = cloud.server
  batches.behaviour.takesMs = 3_600_000
  batches.behaviour.onLook = () => 403
  const workspace = onStack()
  const steps = [{ prompt: 'Define {word}.', items: words(30), answer_format: 'text' }] as const
  const run = await workspace.run({ pipeline_name: name, delivery: 'batch', steps })
  await expect(run.done).rejects.toMatchObject({ version: { pipeline: name, version: 'v0' } })
  expect(batches.all.map(({ cancelled }) => cancelled)).toEqual([null])
  batches.behaviour.onLook = () => undefined
  expect(await workspace.abort(name)).toEqual({ pipeline: name, version: 'v0' })
  const status = async () => (await workspace.version(name)).metadata.status
  await expect.poll(status, { timeout: 60_000 }).toBe('aborted')
  expect(batches.all.map(({ cancelled }) => cancelled !== null)).toEqual([true])
  await expect(workspace.abort(name)).rejects.toThrow('has ended already, so there is nothing to stop')
})

test('answers on a stack are reviewed, corrected, and made into a version with the corrections', async () => {
  const name = freshName('reviewed')
  await using cloud = await Cloud.begin({})
  const workspace = onStack()
  const steps = [{ prompt: 'Define {word}.', items: words(4), answer_format: 'text' }] as const
  await (await workspace.run({ pipeline_name: name, steps })).done
  const version = await workspace.version(name)
  await version.approve([11, 12], { by: 'Ada' })
  await version.flag(['13'], { by: 'Ada', comment: 'Too short.' })
  await version.comment([14], { by: 'Grace', comment: 'Why not.' })
  await version.clear([12], { by: 'Grace' })
  expect(await Array.fromAsync(version.reviews())).toMatchObject([
    { root_id: '11', state: 'approved', by: 'Ada' },
    { root_id: '12', state: 'unreviewed' },
    { root_id: '13', state: 'flagged', by: 'Ada', comment: 'Too short.' },
    { root_id: '14', state: 'unreviewed', comment: 'Why not.' },
  ])
  await expect(version.approve([99], { by: 'Ada' })).rejects.toThrow(`v0 of ${name} has no item 99.`)
  const good = await version.export(join(cloud.root, 'good.jsonl'), { approved: true })
  expect(readFileSync(good, 'utf8').match(/"id":\d+/g)).toEqual(['"id":11'])

  await version.edit(13, 'Mine.', { by: 'Ada' })
  // Somebody writes into the array in the bucket.
  const array = `outputs/${name}/v0/collated/01_step_1.json`
  const answers = await cloud.json<{ id: number; text: string }[]>(array)
  await cloud.store.write(array, JSON.stringify(answers.with(3, { id: 14, text: 'By hand.' })))
  expect(await version.adopt({ by: 'Grace' })).toMatchObject([{ act: 'edit', root_id: '14', by: 'Grace' }])
  expect(await version.adopt({ by: 'Grace' })).toEqual([])
  cloud.asked()
  const applied = await workspace.apply({ pipeline: name })
  const texts = (await Array.fromAsync(applied.answers())).map(({ answer }) => (answer as { text: string }).text)
  expect(texts.slice(2)).toEqual(['Mine.', 'By hand.'])
  expect((await applied.done).version).toBe('v1')
  expect(cloud.asked()).toEqual([])
  await (await workspace.rerun({ pipeline: name, unreviewed: true })).done
  expect(cloud.asked()).toEqual(['Define w2.'])
})

test('the example of an HTTP handler starts a run on a stack and answers with its state', async () => {
  await using cloud = await Cloud.begin({})
  makeProgrammersFolder(cloud.root)
  copyFileSync(join(examples, 'serve-runs.ts'), join(cloud.root, 'serve-runs.ts'))
  const env = { PORT: '0', ITEMWISE_STACK: stack.stackName, AWS_REGION: region }
  const server = startProgram(cloud, 'serve-runs.ts', env)
  try {
    await expect.poll(() => server.out, { timeout: 60_000 }).toContain('Listening on ')
    const { port } = JSON.parse(server.out.replace('Listening on ', ''))
    const ask = async (path: string, body?: unknown) => {
      const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      const response = await fetch(`http://127.0.0.1:${port}${path}`, post)
      return { status: response.status, body: (await response.json()) as { state: string; status: string } }
    }
    expect(await ask('/runs', [{ id: 'T-1' }])).toMatchObject({ status: 400 })
    const tickets = ['T-1', 'T-2'].map((id) => ({ id, subject: `Subject ${id}`, body: 'Body' }))
    const started = await ask('/runs', tickets)
    expect(started).toMatchObject({
      status: 202,
      body: { pipeline: 'tickets', version: expect.stringMatching(/^v\d+$/) },
    })
    const state = () => ask(started.body.state)
    await expect.poll(async () => (await state()).body.status, { timeout: 120_000 }).toBe('completed')
    expect((await state()).body).toMatchObject({
      stats: { processed: 2 },
      answers: [{ id: 'T-1', answer: { team: expect.any(String) } }, { id: 'T-2' }],
    })
    expect(await ask('/runs/tickets/v999')).toMatchObject({ status: 400 })
    expect(await ask('/')).toMatchObject({ status: 404 })
  } finally {
    server.signal('SIGKILL')
    await server.ended
  }
})
