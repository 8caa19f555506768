/** A stack on AWS: versions in S3 and DynamoDB, and runs as executions of its state machine. */
import { RequestRefused } from '../../../core/errors.ts'
import type { ResumeRequest } from '../../../core/request/start.ts'
import { type Store, type VersionRef, versionFolder } from '../../../core/store.ts'
import { stopRun } from '../../../executions/stop-run.ts'
import type { FolderStore } from '../../../stores/folder.ts'
import type { IncomingFile } from '../../../stores/import-into-folder.ts'
import { callerOnAws } from '../../../workspace/stack/caller.ts'
import { namedRun } from '../../../workspace/stack/named-run.ts'
import { openStack, type Stack } from '../../../workspace/stack/open-stack.ts'
import { pushVersion } from '../../../workspace/stack/push-version.ts'
import { sendFiles } from '../../../workspace/stack/send-files.ts'
import { withFiles } from '../../../workspace/stack/with-files.ts'
import type { StoreFlags } from '../../place-flags.ts'
import { ProgressView } from '../../progress-view.ts'
import type { RunOptions } from '../../run-options.ts'
import type { Terminal } from '../../terminal.ts'
import { workspaceIfAny } from '../../workspace.ts'
import type { RemotePlace, Starting } from '../place.ts'
import { followToEnd } from './follow-to-end.ts'
import { resumeOnStack, runOnStack } from './start-run.ts'

export function openStackPlace(flags: StoreFlags, terminal: Terminal): RemotePlace {
  let opened: Promise<Stack> | undefined
  // AWS is asked for the stack when it is first needed: what is wrong on this machine is told before.
  const stack = () => {
    opened ??= openStack({ name: stackName(flags, terminal), naming })
    return opened
  }
  return {
    // A version that is being run has its answers in hundreds of objects, and the stack itself ends a run that dies.
    countsUnfinished: false,
    batches: true,
    store: async () => (await stack()).store,
    storeToCheck: async () => withFiles(await stack(), workspaceIfAny(terminal.cwd, flags.workspace)).store,
    run: (starting: Starting) => runOnStack(stack, starting, terminal),
    resume: (resume: ResumeRequest, runFlags: RunOptions) =>
      resumeOnStack(stack, { resume, flags: runFlags }, terminal),
    ports: async (reviewer: string, closing: AbortSignal) =>
      (await import('./ports.ts')).stackPorts(await stack(), { reviewer, closing, env: terminal.env }),
    caller: () => callerOnAws(),
    examined: () => Promise.reject(new RequestRefused([noDoctor])),
    remote: {
      namedRun: async (words) => namedRun(await stack(), words),
      follow: async (runId: string, runFlags: RunOptions) => {
        const view = new ProgressView(terminal, { verbose: runFlags.verbose === true })
        return followToEnd({ stack: await stack(), runId, flags: runFlags, view }, terminal)
      },
      abort: async (runId: string) => stopRun(await stack(), runId),
      send: async (local: Store, paths: Iterable<string>) => sendFiles(await stack(), local, paths),
      sendVersion: async (local: FolderStore, ref: VersionRef) => pushVersion(await stack(), local, ref),
      filesOf: async function* (ref: VersionRef) {
        yield* filesOf(await stack(), ref)
      },
    },
  }
}

/** How a person names another stack and its region. */
const naming = { stack: '--stack or ITEMWISE_STACK', region: 'AWS_REGION' }

/** --stack, else ITEMWISE_STACK, else Itemwise. */
function stackName({ stack }: Pick<StoreFlags, 'stack'>, { env }: Pick<Terminal, 'env'>): string {
  return stack ?? (env.ITEMWISE_STACK || 'Itemwise')
}

const noDoctor =
  'doctor repairs a folder on this machine; on AWS the stack itself ends a run that dies, and docs/runbook.md says what else to do. Add --target local to examine the folder.'

/** All but the working files of the version. */
async function* filesOf({ store, bucket }: Stack, ref: VersionRef): AsyncGenerator<IncomingFile> {
  const folder = versionFolder(ref)
  for await (const path of bucket.pathsBelow(folder)) {
    const name = path.slice(folder.length + 1)
    if (!name.startsWith('work/')) yield { name, read: () => store.read(path) }
  }
}
