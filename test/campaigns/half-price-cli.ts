/**
 * `run <request.json>` and `resume <pipeline>` as the command line does them, but on a clock that runs faster, and killed with SIGKILL
 * at a point of its message batches, as ITEMWISE_KILL says. It is reachable from here only: the product's own main takes neither.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { startRun } from '../../cli/places/laptop/start-run.ts'
import { reportError } from '../../cli/report-error.ts'
import { processTerminal } from '../../cli/terminal.ts'
import type { BatchedQuestion, MessageBatches } from '../../core/message-batches.ts'
import type { Model } from '../../core/model.ts'
import { runStart, type StartTools } from '../../runners/run-pipeline.ts'
import { FolderStore } from '../../stores/folder.ts'
import { type BatchKill, fastClock } from './half-price-kills.ts'

const terminal = processTerminal()
const [act, target = ''] = process.argv.slice(2)
const { point, nth, begun }: BatchKill & { begun: number } = JSON.parse(process.env.ITEMWISE_KILL ?? '{}')
const clock = fastClock(begun)
let passed = 0

function pass(here: BatchKill['point']): void {
  if (here !== point) return
  passed += 1
  if (passed === nth) process.kill(process.pid, 'SIGKILL')
}

function killed(batches: MessageBatches): MessageBatches {
  return {
    most: { ...batches.most, requests: 12 },
    bytesOf: (request) => batches.bytesOf(request),
    create: async (requests, signal) => {
      pass('before create')
      const batch = await batches.create(passing(requests), signal)
      pass('after create')
      return batch
    },
    look: async (id, signal) => {
      pass('while waiting')
      return batches.look(id, signal)
    },
    results: async function* (batch, signal) {
      for await (const result of batches.results(batch, signal)) {
        pass('while collecting')
        yield result
      }
      pass('after collecting')
    },
    cancel: (id, signal) => batches.cancel(id, signal),
    list: (signal) => batches.list(signal),
  }
}

async function* passing(requests: AsyncIterable<BatchedQuestion>): AsyncGenerator<BatchedQuestion> {
  for await (const request of requests) {
    pass('while sending')
    yield request
  }
}

function faster(tools: StartTools): StartTools {
  const { model } = tools
  const ask: Model['ask'] = (question, options) => model.ask(question, options)
  return {
    ...tools,
    model: { standIn: model.standIn, ask, batches: killed(model.batches!) },
    now: clock.now,
    monotonic: clock.now,
    sleep: (ms) => wait(ms / clock.speed),
  }
}

try {
  process.exitCode = await startRun({ flags: {}, store: new FolderStore(process.cwd()) }, terminal, (tools) =>
    runStart(
      faster(tools),
      act === 'resume'
        ? { kind: 'resume', resume: { pipeline: target } }
        : { kind: 'run', request: JSON.parse(readFileSync(target, 'utf8')), where: target },
    ),
  )
} catch (error) {
  process.exitCode = reportError(error, { json: false, verbose: false }, terminal)
}
