/** What is said of AWS before AWS is reached, or when it refuses. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StartedCommand } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'itemwise-target-'))
const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }

beforeAll(() => {
  for (const name of ['prompts', 'pipelines', 'inputs']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'prompts/a.md'), 'Say {word}.')
  writeFileSync(join(folder, 'inputs/a.json'), '[{"id": 1, "word": "a"}]')
  writeFileSync(join(folder, 'pipelines/a.json'), '{"steps": [{"prompt_name": "a", "input_file": "inputs/a.json"}]}')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the command with these variables and no others but PATH; nothing of this machine's AWS settings is seen. */
function run(env: Record<string, string>, ...words: string[]) {
  const none = { AWS_EC2_METADATA_DISABLED: 'true', HOME: folder, AWS_MAX_ATTEMPTS: '1' }
  return new StartedCommand({ folder, env: { PATH: process.env.PATH, ...none, ...env } }, words).ended
}

/** A server that refuses everything with this code, as CloudFormation does. */
async function refusing(status: number, code: string, message: string) {
  const server = createServer((_request, response) => {
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`
    response.writeHead(status, { 'Content-Type': 'text/xml' }).end(`<ErrorResponse>${error}</ErrorResponse>`)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    env: { ...credentials, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` },
    [Symbol.dispose]: () => void server.close(),
  }
}

describe('where a command works', () => {
  test.each<[string[], Record<string, string>, RegExp]>([
    [
      ['list'],
      { ITEMWISE_TARGET: 'asw' },
      /^itemwise: ITEMWISE_TARGET is asw\. Expected local or aws\. Did you mean aws\?\n$/,
    ],
    [['list', '--target', 'cloud'], {}, /argument 'cloud' is invalid\. Allowed choices are local, aws\./],
    [['pull', '--target', 'local'], {}, /argument 'local' is invalid\. Allowed choices are aws\./],
    [['init', 'x', '--target', 'aws'], {}, /unknown option '--target'/],
    [
      ['doctor', '--target', 'aws'],
      {},
      /^itemwise: doctor repairs a folder .* Add --target local to examine the folder\.\n$/,
    ],
    [['doctor'], { ITEMWISE_TARGET: 'aws' }, /^itemwise: doctor repairs a folder/],
    [
      ['run', 'pipelines/a.json', '--offline', '--detach'],
      {},
      /^itemwise: A run here ends with its command: --detach is for runs on AWS .* and for message batches .*\n$/,
    ],
  ])('%j with %j', async (words, env, said) => {
    const { code, err } = await run(env, ...words)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(said) })
  })

  test('--target local stands over ITEMWISE_TARGET', async () => {
    expect(await run({ ITEMWISE_TARGET: 'aws' }, 'list', '--target', 'local')).toMatchObject({ code: 0, err: '' })
  })
})

const everywhere = [
  ['run', 'pipelines/a.json'],
  ['run', 'pipelines/a.json', '--dry-run'],
  ['estimate', 'pipelines/a.json'],
  ['rerun', 'a', '1'],
  ['resume', 'a'],
  ['list'],
  ['show', 'a'],
  ['compare', 'a', 'v0', 'v1'],
  ['label', 'a', 'v0', '--status', 'beta'],
  ['remove', 'a', 'v0'],
  ['export', 'a'],
  ['push'],
  ['pull'],
  ['follow', 'a'],
  ['abort', 'a'],
]

describe('AWS that cannot be asked is one sentence with the way out', () => {
  test.each(everywhere.map((words) => ({ words, name: words.join(' ') })))(
    'without credentials: $name',
    async ({ words }) => {
      const { code, out, err } = await run({ AWS_REGION: 'eu-central-1' }, ...words, '--target', 'aws')
      expect({ code, out, err }).toEqual({
        ...{ code: 2, out: '' },
        err: 'itemwise: There are no AWS credentials. Sign in again (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n',
      })
    },
  )

  test.each(['follow', 'abort'])('%s without --target says first what it means for a run here', async (command) => {
    const { code, err } = await run({ AWS_REGION: 'eu-central-1' }, command, 'a')
    expect({ code, err }).toEqual({
      code: 2,
      err: 'itemwise: a has no message batches with the API. A run on this machine is stopped with Ctrl-C where it runs. Runs on AWS cannot be looked at: There are no AWS credentials. Sign in again (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n',
    })
  })

  test('without a region', async () => {
    const { code, err } = await run({ ...credentials, ITEMWISE_TARGET: 'aws' }, 'list')
    expect([code, err]).toEqual([
      2,
      'itemwise: No AWS region is set. Set AWS_REGION, or region in the AWS profile, to where the stack is.\n',
    ])
  })

  test('where nothing answers', async () => {
    const env = { ...credentials, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }
    const { code, err } = await run(env, 'list', '--target', 'aws')
    expect([code, err]).toEqual([
      2,
      'itemwise: AWS cannot be reached (connect ECONNREFUSED 127.0.0.1:9). Check the network, AWS_REGION and AWS_ENDPOINT_URL.\n',
    ])
  })

  test('where access is denied', async () => {
    using aws = await refusing(
      403,
      'AccessDenied',
      'User: me is not authorized to perform: cloudformation:DescribeStacks',
    )
    const { code, err } = await run(aws.env, 'list', '--target', 'aws')
    expect([code, err]).toEqual([
      2,
      'itemwise: AWS denies this to your credentials (User: me is not authorized to perform: cloudformation:DescribeStacks). Ask for the permissions in docs/aws.md, or choose other credentials with AWS_PROFILE.\n',
    ])
  })

  test('where the credentials have expired, in JSON too, and never with a stack but for --verbose', async () => {
    using aws = await refusing(403, 'ExpiredToken', 'The security token included in the request is expired')
    const { code, out, err } = await run(aws.env, 'list', '--target', 'aws', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { name: 'RequestRefused', problems: [expect.any(String)] } })
    expect(err).not.toContain('    at ')
    expect((await run(aws.env, 'list', '--target', 'aws', '--verbose')).err).toContain('Caused by: ')
  })

  test.each([
    [{ env: { ITEMWISE_STACK: 'Mine' }, words: ['list'] }],
    [{ env: {}, words: ['list', '--stack', 'Mine'] }],
  ])('where there is no such stack, by whatever it was named: %j', async ({ env, words }) => {
    using aws = await refusing(400, 'ValidationError', 'Stack with id Mine does not exist')
    const { code, err } = await run({ ...aws.env, ...env }, ...words, '--target', 'aws')
    expect([code, err]).toEqual([
      2,
      'itemwise: There is no stack Mine in eu-central-1. Deploy it with `npx cdk deploy`, name another with --stack or ITEMWISE_STACK, or choose its region with AWS_REGION.\n',
    ])
  })
})

test('nothing of AWS is loaded where nobody asks for it', async () => {
  const hook = `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) { if (/@aws-sdk|smithy/.test(name)) console.error(name); return next(name, context) } })`
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
  for (const words of [
    ['--version'],
    ['list'],
    ['run', 'pipelines/a.json', '--offline'],
    ['doctor'],
    ['list', 'nope'],
  ]) {
    const loader = `data:text/javascript,${encodeURIComponent(hook)}`
    const child = spawn(process.execPath, ['--import', loader, main, ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH },
    })
    const err = Buffer.concat((await Array.fromAsync(child.stderr)) as Buffer[]).toString()
    expect(err).not.toMatch(/@aws-sdk|smithy/)
  }
})
