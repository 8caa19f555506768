// A Lambda runtime for Node.js: loads the handler and serves the Lambda Runtime API's invocations.
// Follows AWS's own client (github.com/aws/aws-lambda-nodejs-runtime-interface-client) in how a
// handler is found, what it is called with, and how an error is reported. No response streaming.
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire, enableCompileCache, flushCompileCache, register } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { format, inspect } from 'node:util'

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env
const [host, port] = AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

let current // the invocation under way

function call(method, suffix, body, headers = {}) {
  return new Promise((resolve) => {
    const request = http.request(
      {
        host,
        port,
        method,
        agent,
        path: `/2018-06-01/runtime/${suffix}`,
        timeout: 0,
        headers:
          body === undefined
            ? headers
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers },
      },
      (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      },
    )
    request.on('error', () => process.exit(1)) // the Runtime API is gone, and LocalStack with it
    request.end(body)
  })
}

class RuntimeError extends Error {
  constructor(name, message, cause) {
    super(message)
    this.name = name
    if (cause?.stack) this.stack = `${name}: ${message}\n${cause.stack.split('\n').slice(1).join('\n')}`
  }
}

function errorPayload(error) {
  if (error instanceof Error || (error && typeof error === 'object' && 'message' in error && 'stack' in error)) {
    return {
      errorType: String(error.name ?? 'Error'),
      errorMessage: String(error.message ?? ''),
      trace: String(error.stack ?? '').split('\n'),
    }
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] }
}

// --- the log: `time \t request id \t level \t text`, or JSON lines ---

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const asJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON'
const minimum = asJson ? Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase())) : 0

function log(level, ...args) {
  if (LEVELS.indexOf(level) < minimum) return
  const timestamp = new Date().toISOString()
  if (asJson) {
    const error = args.find((arg) => arg instanceof Error)
    const line = {
      timestamp,
      level,
      requestId: current?.id,
      message: args.length === 1 && typeof args[0] === 'object' && !error ? args[0] : format(...args),
    }
    if (error)
      Object.assign(line, { errorType: error.name, errorMessage: error.message, stackTrace: error.stack?.split('\n') })
    process.stdout.write(`${JSON.stringify(line)}\n`)
    return
  }
  // AWS keeps a multi-line text one event with carriage returns.
  process.stdout.write(
    `${timestamp}\t${current?.id ?? 'undefined'}\t${level}\t${format(...args).replaceAll('\n', '\r')}\n`,
  )
}
console.trace = (...args) => log('TRACE', ...args)
console.debug = (...args) => log('DEBUG', ...args)
console.log = console.info = (...args) => log('INFO', ...args)
console.warn = (...args) => log('WARN', ...args)
console.error = (...args) => log('ERROR', ...args)

// --- the handler ---

const require = createRequire(pathToFileURL(path.join(LAMBDA_TASK_ROOT, 'noop.js')))

function isModulePackage(file) {
  for (let dir = path.dirname(file); ; dir = path.dirname(dir)) {
    const manifest = path.join(dir, 'package.json')
    if (existsSync(manifest)) {
      try {
        return JSON.parse(readFileSync(manifest, 'utf8')).type === 'module'
      } catch {
        return false
      }
    }
    if (dir === LAMBDA_TASK_ROOT || path.dirname(dir) === dir) return false
  }
}

async function loadModule(file) {
  const typed = isModulePackage(file)
  if (existsSync(file)) return require(file)
  if (!typed && existsSync(`${file}.js`)) return require(`${file}.js`)
  if (typed && existsSync(`${file}.js`)) return import(pathToFileURL(`${file}.js`))
  if (existsSync(`${file}.mjs`)) return import(pathToFileURL(`${file}.mjs`))
  if (existsSync(`${file}.cjs`)) return require(`${file}.cjs`)
  throw Object.assign(new Error(`Cannot find module '${path.basename(file)}'`), { code: 'MODULE_NOT_FOUND' })
}

async function loadHandler() {
  if (process.env.LAMBDA_PROCESS_NODE_MODULES) {
    register('./sdk-fallback.mjs', import.meta.url, { data: process.env.LAMBDA_PROCESS_NODE_MODULES })
  }
  const file = path.basename(_HANDLER)
  const match = /^([^.]*)\.(.*)$/.exec(file)
  if (!match || _HANDLER.includes('..')) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler')
  const location = path.resolve(LAMBDA_TASK_ROOT, path.dirname(_HANDLER), match[1])
  let loaded
  try {
    loaded = await loadModule(location)
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError('Runtime.UserCodeSyntaxError', error.toString(), error)
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw new RuntimeError('Runtime.ImportModuleError', error.toString(), error)
    }
    throw error
  }
  const at = (module) => match[2].split('.').reduce((value, key) => value?.[key], module)
  const found = at(loaded) ?? at(loaded?.default)
  if (found === undefined) throw new RuntimeError('Runtime.HandlerNotFound', `${_HANDLER} is undefined or not exported`)
  if (typeof found !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${_HANDLER} is not a function`)
  return found
}

// --- invocations ---

let onEmptyLoop // what an emptied event loop means for the invocation under way
process.on('beforeExit', () => onEmptyLoop?.())

function run(handler, event, headers) {
  return new Promise((resolve, reject) => {
    let waits = true
    const settle = (error, result) => {
      const finish = () => (error === null || error === undefined ? resolve(result ?? null) : reject(error))
      if (error === null || error === undefined ? waits : false) onEmptyLoop = finish
      else finish()
    }
    const deadline = Number(headers['lambda-runtime-deadline-ms'])
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return waits
      },
      set callbackWaitsForEmptyEventLoop(value) {
        waits = value
      },
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: headers['lambda-runtime-client-context']
        ? JSON.parse(headers['lambda-runtime-client-context'])
        : undefined,
      identity: undefined,
      invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
      awsRequestId: headers['lambda-runtime-aws-request-id'],
      getRemainingTimeInMillis: () => deadline - Date.now(),
      done: (error, result) => settle(error, result),
      succeed: (result) => {
        waits = false
        settle(null, result)
      },
      fail: (error) => settle(error ?? 'handled', undefined),
    }
    // A handler that neither answers nor keeps the loop busy answers null, as it does on AWS.
    onEmptyLoop = () => resolve(null)
    try {
      const returned = handler(event, context, settle)
      if (typeof returned?.then === 'function') returned.then((value) => resolve(value ?? null), reject)
    } catch (error) {
      reject(error)
    }
  })
}

async function fail(error, code) {
  log('ERROR', current ? 'Invoke Error' : 'Init Error', inspect(error))
  const payload = errorPayload(error)
  const suffix = current ? `invocation/${current.id}/error` : 'init/error'
  await call('POST', suffix, JSON.stringify(payload), { 'Lambda-Runtime-Function-Error-Type': payload.errorType })
  if (code) process.exit(code)
}
process.on('uncaughtException', (error) => void fail(error, 129))
process.on(
  'unhandledRejection',
  (reason) =>
    void fail(
      new RuntimeError(
        'Runtime.UnhandledPromiseRejection',
        reason instanceof Error ? reason.toString() : String(reason),
        reason,
      ),
      128,
    ),
)

async function main() {
  let handler
  try {
    // A cold start compiles what another one has compiled before: a third of its time. A process is killed, so it is written at once.
    enableCompileCache(path.join(path.dirname(process.env.TMPDIR), 'compiled-lambdas'))
    handler = await loadHandler()
    flushCompileCache()
  } catch (error) {
    await fail(error, 1)
  }
  for (;;) {
    const next = await call('GET', 'invocation/next')
    if (next.status !== 200) return
    const id = next.headers['lambda-runtime-aws-request-id']
    current = { id }
    process.env._X_AMZN_TRACE_ID = next.headers['lambda-runtime-trace-id'] ?? ''
    try {
      const result = await run(handler, JSON.parse(next.body), next.headers)
      let body
      try {
        body = JSON.stringify(result) ?? 'null'
      } catch (error) {
        throw new RuntimeError('Runtime.MarshalError', 'Unable to stringify response body', error)
      }
      await call('POST', `invocation/${id}/response`, body)
    } catch (error) {
      await fail(error)
    } finally {
      onEmptyLoop = undefined
      current = undefined
    }
  }
}

void main()
