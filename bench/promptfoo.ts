/** The same items in promptfoo, which is installed into a cache folder the first time. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { asking, type Bench, concurrency, environment, several, withServer } from './cases.ts'
import { type Measured, measuredRun } from './measured-run.ts'
import { quietDisk } from './quiet-disk.ts'
import { middleOf } from './rows.ts'
import { benchWorkspace } from './workspace.ts'

const version = '0.123.1'
const cache = resolve(import.meta.dirname, '../node_modules/.cache/itemwise-bench')
const program = join(cache, 'node_modules/promptfoo/dist/src/main.js')
const quiet = { PROMPTFOO_DISABLE_TELEMETRY: '1', PROMPTFOO_DISABLE_UPDATE: '1', PROMPTFOO_CACHE_ENABLED: 'false' }

export async function promptfoo(bench: Bench, { items }: { items: number }): Promise<void> {
  if (!existsSync(program)) install()
  const start = await several(() => measuredRun({ args: [program, '--version'], cwd: cache, env: quiet }))
  bench.report({ case: '--version', program: 'promptfoo', items: 0, latency_ms: 0, ...start })
  await evaluate(bench, { items, latencyMs: 0, times: 3 })
  await evaluate(bench, { items, latencyMs: 200, times: 1 })
}

function install(): void {
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'package.json'), '{ "private": true }')
  const words = ['install', '--no-audit', '--no-fund', `promptfoo@${version}`]
  execFileSync('npm', words, { cwd: cache, stdio: 'inherit' })
}

interface Evaluation {
  items: number
  latencyMs: number
  times: number
}

async function evaluate(bench: Bench, { items, latencyMs, times }: Evaluation): Promise<void> {
  const measured: Measured[] = []
  await withServer(latencyMs, async (server) => {
    for (let round = 0; round < times; round++) {
      const workspace = join(bench.folder, `promptfoo-${latencyMs}-${round}`)
      await promptfooWorkspace(workspace, items)
      await quietDisk(bench.folder)
      const env = { ...environment(server.url), ...quiet, PROMPTFOO_CONFIG_DIR: join(workspace, 'promptfoo') }
      measured.push(await asking(items, server, () => measuredRun({ args: words, cwd: workspace, env })))
    }
  })
  bench.report({ case: 'run', program: 'promptfoo', items, latency_ms: latencyMs, ...middleOf(measured) })
}

const words = [
  ...[program, 'eval', '-c', 'promptfooconfig.yaml', '-j', String(concurrency), '-o', 'out.json'],
  ...['--no-progress-bar', '--no-table'],
]

async function promptfooWorkspace(workspace: string, items: number): Promise<void> {
  await benchWorkspace(workspace, { items, concurrency })
  mkdirSync(join(workspace, 'promptfoo'))
  writeFileSync(join(workspace, 'promptfooconfig.yaml'), config)
  writeFileSync(join(workspace, 'prompt.txt'), prompt)
  writeFileSync(join(workspace, 'provider.mjs'), provider)
  writeFileSync(join(workspace, 'tests.mjs'), tests)
}

const config = `prompts: ['file://prompt.txt']
providers: ['file://provider.mjs']
tests: file://tests.mjs
`

const prompt = 'Summarise this as JSON.\n\n{{title}}\n\n{{text}}\n'

// promptfoo's own Anthropic provider speaks an older API version; a provider of ten lines with fetch is the kindest way to measure it.
const provider = `export default class {
  id() { return 'loopback' }
  async callApi(prompt) {
    const response = await fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2026-10-21', authorization: 'Bearer ' + process.env.ANTHROPIC_API_KEY },
      body: JSON.stringify({ model: 'claude-haiku-5-5', max_tokens: 4096, thinking: { type: 'disabled' }, messages: [{ role: 'user', content: prompt }] }),
    })
    const message = await response.json()
    return { output: message.content[0].text, tokenUsage: { prompt: message.usage.input_tokens, completion: message.usage.output_tokens } }
  }
}
`

const tests = `import { readFileSync } from 'node:fs'
export default () => JSON.parse(readFileSync('inputs/items.json', 'utf8')).map(({ title, text }) => ({ vars: { title, text } }))
`
