import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'

const file = new URL('../../stores/folder/make-folder.ts', import.meta.url).href

/** Makes and removes one folder again and again, and says which errors making it threw. */
const program = `
  const { rmdirSync } = require('node:fs')
  const { parentPort, workerData } = require('node:worker_threads')
  import(${JSON.stringify(file)}).then(({ makeFolder }) => {
    const errors = []
    for (let turn = 0; turn < 20_000; turn++) {
      try { makeFolder(workerData) } catch (error) { errors.push(error.code) }
      try { rmdirSync(workerData) } catch {}
    }
    parentPort.postMessage(errors)
  })`

test('a folder that others remove at that very moment is made all the same', async () => {
  const root = mkdtempSync(join(tmpdir(), 'itemwise-make-folder-'))
  try {
    const workers = [1, 2, 3].map(() => new Worker(program, { eval: true, workerData: join(root, 'a/lock') }))
    const errors = await Promise.all(
      workers.map((worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))),
    )
    expect(errors).toEqual([[], [], []])
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
