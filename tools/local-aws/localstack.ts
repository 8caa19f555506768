/** Starts LocalStack on this machine: in Docker where an engine runs, else as ordinary processes (tools/localstack/README.md). */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { runQuietly } from '../child-process.ts'

/** The last community version. */
const image = 'localstack/localstack:4.14.0'
const script = resolve(import.meta.dirname, '../localstack/localstack.sh')

export interface LocalStack {
  endpoint: string
  mode: 'docker' | 'host'
  /** Resolves when it answers. Rejects with what was printed where it does not come up. */
  ready: Promise<void>
  /** Ends it, at whatever moment, and all that it started. */
  stop(): void
}

/** Where host mode is installed: about 550 MB, fetched once. */
export function installFolder(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  return process.env.ITEMWISE_LOCALSTACK_DIR ?? join(cache, 'itemwise/localstack')
}

/** Why LocalStack cannot run here, or null. */
export function cannotRun(): string | null {
  if (hasDocker()) return null
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'without a Docker engine, LocalStack runs on x86-64 Linux only'
  const missing = ['java', 'mvn', 'bash', 'flock', 'setsid'].filter((name) => !isThere(name))
  const needed = process.env.MAVEN_REPOSITORY_URL ? missing.filter((name) => name !== 'mvn') : missing
  if (needed.length > 0) return `without a Docker engine it needs ${needed.join(', ')}`
  return null
}

/** Starts it empty; the first time it is installed before, which takes a minute. */
export function startLocalStack(port: number): LocalStack {
  return hasDocker() ? startInDocker(port) : startOnHost(port)
}

function startOnHost(port: number): LocalStack {
  const folder = installFolder()
  mkdirSync(folder, { recursive: true })
  // Lambdas run with the Node.js that runs this.
  const env = { ...process.env, LAMBDA_PROCESS_NODE: process.execPath }
  const ready = runQuietly(script, ['start', folder, String(port)], { env })
  const stop = () => spawnSync(script, ['stop', folder, String(port)], { stdio: 'ignore' })
  return { endpoint: `http://127.0.0.1:${port}`, mode: 'host', ready, stop }
}

/** On the host's network, so that Lambdas reach a stand-in on 127.0.0.1 as in host mode. */
function startInDocker(port: number): LocalStack {
  const name = `itemwise-localstack-${port}`
  const endpoint = `http://127.0.0.1:${port}`
  const settings = [
    `GATEWAY_LISTEN=127.0.0.1:${port}`,
    'LAMBDA_DOCKER_NETWORK=host',
    'LS_LOG=warning',
    'LAMBDA_SYNCHRONOUS_CREATE=1',
  ]
  const options = settings.flatMap((setting) => ['-e', setting])
  const socket = ['-v', '/var/run/docker.sock:/var/run/docker.sock']
  const run = ['run', '-d', '--rm', '--name', name, '--network', 'host', ...socket, ...options, image]
  const retries = ['--retry', '60', '--retry-connrefused', '--retry-delay', '1']
  const wait = ['--silent', '--fail', ...retries, `${endpoint}/_localstack/health`]
  const ready = runQuietly('docker', run).then(() => runQuietly('curl', wait))
  return { endpoint, mode: 'docker', ready, stop: () => spawnSync('docker', ['rm', '-f', name], { stdio: 'ignore' }) }
}

function hasDocker(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0
}

function isThere(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0
}

/** A port that is free right now. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? found(address.port) : failed(new Error('no port'))))
    })
  })
}
