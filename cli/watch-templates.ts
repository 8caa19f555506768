/** Does something whenever a template is saved, until Ctrl-C. */
import { createHash } from 'node:crypto'
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NothingToDo, RequestRefused, RunFailed } from '../core/errors.ts'
import type { Terminal } from './terminal.ts'

interface Watching {
  /** Tells which templates it is about to send, by their paths in the workspace, and returns an exit code. */
  again: (sending: (templates: readonly string[]) => Promise<void>) => Promise<number>
}

// An editor writes a file in several strokes; this waits for the last.
const calmMs = 100

/**
 * Begins at once. What is wrong with a template or a request is told, and the next save begins again; anything else ends it. Returns
 * the code of the last time.
 */
export async function watchTemplates(root: string, { again }: Watching, terminal: Terminal): Promise<number> {
  let wake = () => {}
  let stopped = false
  let templates: readonly string[] | null = null
  let seen = ''
  // What is saved while the model answers is not what was sent.
  const sending = async (paths: readonly string[]) => {
    templates = paths
    seen = await contentOf(root, paths)
  }
  const stop = () => {
    stopped = true
    wake()
  }
  let isTouched = false
  const touched = async () => {
    await new Promise<void>((resolve) => {
      wake = resolve
      if (stopped || isTouched) resolve()
    })
    isTouched = false
  }
  const watcher = watch(join(root, 'prompts'), { recursive: true }, () => {
    isTouched = true
    wake()
  })
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    let code = 0
    // While it asks, the run stops by itself, and this afterwards.
    while (!stopped) {
      code = await again(sending).catch((error) => told(error, { isBegun: templates !== null }, terminal))
      const paths = templates ?? []
      terminal.note('Waiting for a template to be saved. Ctrl-C ends it.\n')
      while (!stopped && (await calmContent(root, paths)) === seen) await touched()
    }
    return code
  } finally {
    watcher.close()
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

/** Throws what another save cannot mend. */
function told(error: unknown, { isBegun }: { isBegun: boolean }, terminal: Terminal): number {
  const canBeMended = error instanceof RequestRefused || error instanceof RunFailed || error instanceof NothingToDo
  if (!isBegun || !canBeMended) throw error
  terminal.note(`itemwise: ${error.message}\n`)
  return error instanceof RunFailed ? 1 : 2
}

async function calmContent(root: string, paths: readonly string[]): Promise<string> {
  let content = ''
  for (let next = await contentOf(root, paths); next !== content; next = await contentOf(root, paths)) {
    content = next
    await new Promise((resolve) => setTimeout(resolve, calmMs))
  }
  return content
}

/** A hash of what the templates hold; a file that is missing for a moment counts as empty. */
async function contentOf(root: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(await readFile(join(root, path)).catch(() => '')).update('\0')
  return hash.digest('hex')
}
