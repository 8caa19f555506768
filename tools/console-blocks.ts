/** Runs the ```console blocks of the docs as a reader would, and puts what they print in their place: the docs show what the program says. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** Where the program lies: the tests run the package that was built for them (test/build-program.ts). */
const programRoot = process.env.ITEMWISE_TEST_PACKAGE ?? root

/** In the docs people type npx and npm; here both mean the program of this repository, and nothing is downloaded. */
const shell = `
npx() {
  [ "$1" = itemwise ] || return 1
  shift
  [ "$ITEMWISE_CTRL_C" = yes ] && { interrupted "$@"; return; }
  "$ITEMWISE_NODE" "$ITEMWISE_ROOT/cli/itemwise.js" "$@"
}
interrupted() {
  touch ~/.began
  "$ITEMWISE_NODE" "$ITEMWISE_ROOT/cli/itemwise.js" "$@" &
  while kill -0 $! 2> /dev/null && [ -z "$(find . -name '*_journal.jsonl' -size +0 -newer ~/.began)" ]; do sleep 0.05; done
  kill -INT $!
  wait $!
}
npm() {
  case "$*" in
    ci | "install --silent itemwise") ;;
    "run example") npx itemwise init . > /dev/null; npx itemwise run pipelines/problems.yaml --offline ;;
    *) echo "npm $* is not played here" >&2; return 1 ;;
  esac
}
`

/** Pages with every console block's output as it is today. They share one folder, which is empty at first; each begins where the one before ended. */
export async function withRealOutput(pages: readonly string[]): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), 'itemwise-docs-'))
  const shown: string[] = []
  let here = home
  try {
    for (const markdown of pages) {
      // Every second part is the body of a block.
      const parts = markdown.split(/^```console\n([\s\S]*?)^```$/m)
      for (let at = 1; at < parts.length; at += 2) {
        let block = ''
        for (const command of commands(parts[at] ?? '')) {
          const { output, cwd } = await run(command, here, home)
          here = cwd
          block += `$ ${command}\n${output}`
        }
        parts[at] = `\`\`\`console\n${block}\`\`\``
      }
      shown.push(parts.join(''))
    }
    return shown
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** The lines behind `$ `; a line that ends in a backslash goes on, and a here-document (<< 'END') up to its END. */
function commands(body: string): string[] {
  const lines = body.split('\n')
  return lines.flatMap((line, at) => {
    if (!line.startsWith('$ ')) return []
    const whole = [line.slice(2)]
    const end = line.endsWith("<< 'END'") ? lines.indexOf('END', at) : at
    for (let next = at; next < end || lines[next]?.endsWith('\\'); next++) whole.push(lines[next + 1] ?? '')
    return [whole.join('\n')]
  })
}

async function run(command: string, cwd: string, home: string): Promise<{ output: string; cwd: string }> {
  const script = `${shell}\nexec 2>&1\n${command}\nstatus=$?\necho; echo "@@$PWD"; exit $status`
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    ITEMWISE_NODE: process.execPath,
    ITEMWISE_ROOT: programRoot,
    // A command with the comment `# Ctrl-C` is interrupted when its first answer is there.
    ITEMWISE_CTRL_C: /# Ctrl-C$/.test(command) ? 'yes' : 'no',
    TZ: 'UTC',
    LANG: 'C.UTF-8',
  }
  const stdout = await outputOf('bash', ['-c', script], { cwd, env })
  const end = stdout.lastIndexOf('\n@@')
  const output = stdout.slice(0, end).replaceAll(home, '/home/you')
  return { output: output === '' || output.endsWith('\n') ? output : `${output}\n`, cwd: stdout.slice(end + 3).trim() }
}

function outputOf(command: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    child.once('error', reject).once('close', () => resolve(text))
  })
}

/** A text without what differs from run to run: times, durations, speeds, run ids, how far a run came before it was interrupted. */
export function withoutChance(text: string): string {
  return (
    text
      // A slow machine says every ten seconds how far a step is.
      .replaceAll(/^Step (\d+\/\d+) .*\n(?=Step \1 )/gm, '')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, 'TIME')
      .replaceAll(/[+-]?\b\d+(\.\d+)?s\b/g, 'DURATION')
      .replaceAll(/\b\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'TIME')
      .replaceAll(/, [\d.,]+ items\/s/g, '')
      .replaceAll(/, [\d,]+ of them before.*/g, ', SOME before')
      .replaceAll(/\b01[0-9A-HJKMNP-TV-Z]{24}\b/g, 'RUN')
      .replaceAll(/"(milliseconds|duration_seconds)": ?[\d.]+/g, '"$1": N')
      // It covers the milliseconds.
      .replaceAll(/"line_check":"[0-9a-f]+"/g, '"line_check":"CHECK"')
  )
}

/** The pages whose console blocks are run. Those of a story share a workspace, in this order; stories share nothing and may run side by side. */
export const stories: readonly (readonly string[])[] = [
  ['templates', 'pipelines', 'failures', 'versions', 'reruns', 'compare', 'answers', 'scripts'].map(inGuide),
  ['workspace', 'steps', 'money', 'doctor'].map(inGuide),
  ['README.md', 'docs/guide/start.md'],
  ['inputs', 'resume', 'half-price'].map(inGuide),
  ['choose'].map(inGuide),
  ['try'].map(inGuide),
  ['review'].map(inGuide),
  ['edits'].map(inGuide),
]

function inGuide(name: string): string {
  return `docs/guide/${name}.md`
}

export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
