/**
 * Runs the ```console blocks of a Markdown file as a reader would, in an empty folder, and puts what they print in their place:
 * what the docs show is what the program says.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

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
    ci) ;;
    "run example") npx itemwise init . > /dev/null; npx itemwise run pipelines/problems.yaml --offline ;;
    *) echo "npm $* is not played here" >&2; return 1 ;;
  esac
}
`

/** The Markdown with every console block's output as it is today. */
export function withRealOutput(markdown: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'itemwise-docs-'))
  try {
    let here = folder
    return markdown.replaceAll(/^```console\n([\s\S]*?)^```$/gm, (_block, body: string) => {
      const parts = commands(body).map((command) => {
        const { output, cwd } = run(command, here, folder)
        here = cwd
        return `$ ${command}\n${output}`
      })
      return `\`\`\`console\n${parts.join('')}\`\`\``
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
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

function run(command: string, cwd: string, home: string): { output: string; cwd: string } {
  const script = `${shell}\nexec 2>&1\n${command}\nstatus=$?\necho; echo "@@$PWD"; exit $status`
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    ITEMWISE_NODE: process.execPath,
    ITEMWISE_ROOT: root,
    // A command with the comment `# Ctrl-C` is interrupted when its first answer is there.
    ITEMWISE_CTRL_C: /# Ctrl-C$/.test(command) ? 'yes' : 'no',
    TZ: 'UTC',
    LANG: 'C.UTF-8',
  }
  const { stdout } = spawnSync('bash', ['-c', script], { cwd, env, encoding: 'utf8' })
  const end = stdout.lastIndexOf('\n@@')
  const output = stdout.slice(0, end).replaceAll(home, '/home/you')
  return { output: output === '' || output.endsWith('\n') ? output : `${output}\n`, cwd: stdout.slice(end + 3).trim() }
}

/** A text without what differs from run to run: times, durations, speeds, run ids, how far a run came before it was interrupted. */
export function withoutChance(text: string): string {
  return (
    text
      // A slow machine says every ten seconds how far a step is.
      .replaceAll(/^Step (\d+\/\d+) .*\n(?=Step \1 )/gm, '')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, 'TIME')
      .replaceAll(/[+-]?\b\d+(\.\d+)?s\b/g, 'DURATION')
      .replaceAll(/, [\d.,]+ items\/s/g, '')
      .replaceAll(/, [\d,]+ of them before.*/g, ', SOME before')
      .replaceAll(/\b01[0-9A-HJKMNP-TV-Z]{24}\b/g, 'RUN')
      .replaceAll(/"(milliseconds|duration_seconds)": ?[\d.]+/g, '"$1": N')
      // It covers the milliseconds.
      .replaceAll(/"line_check":"[0-9a-f]+"/g, '"line_check":"CHECK"')
  )
}

/** The Markdown files whose console blocks are run. */
export const documents = ['README.md', 'docs/guide.md'].map((path) => ({ path, file: join(root, path) }))

export function readDocument(file: string): string {
  return readFileSync(file, 'utf8')
}
