/** This machine: the folder of the workspace, and runs in the process of their command. */
import type { Ports } from '../../../api/ports.ts'
import type { ResumeRequest, Start } from '../../../core/request/start.ts'
import type { Store } from '../../../core/store.ts'
import { FolderStore } from '../../../stores/folder.ts'
import type { StoreFlags } from '../../place-flags.ts'
import type { RunOptions } from '../../run-options.ts'
import type { Terminal } from '../../terminal.ts'
import { findWorkspace } from '../../workspace.ts'
import type { Leftovers, Place, Starting } from '../place.ts'

export function openLaptop(flags: StoreFlags, terminal: Terminal): Place {
  return new Laptop(flags, terminal)
}

class Laptop implements Place {
  readonly countsUnfinished = true
  readonly batches = true
  readonly remote = null
  readonly #flags: StoreFlags
  readonly #terminal: Terminal

  constructor(flags: StoreFlags, terminal: Terminal) {
    this.#flags = flags
    this.#terminal = terminal
  }

  async store(): Promise<Store> {
    return new FolderStore(this.#root())
  }

  storeToCheck(): Promise<Store> {
    return this.store()
  }

  run({ start, flags, wantsVerbose = false, end }: Starting): Promise<number> {
    return this.#start(start, { flags, wantsVerbose, end })
  }

  resume(resume: ResumeRequest, flags: RunOptions): Promise<number> {
    return this.#start({ kind: 'resume', resume }, { flags, wantsVerbose: false })
  }

  async #start(start: Start, asked: Pick<Starting, 'flags' | 'wantsVerbose' | 'end'>): Promise<number> {
    const root = this.#root()
    const store = new FolderStore(root)
    const { startRun } = await import('./start-run.ts')
    const { runStart } = await import('../../../runners/run-pipeline.ts')
    const known = start.kind === 'resume' ? {} : { start }
    return startRun({ ...asked, ...known, store, root }, this.#terminal, (tools) => runStart(tools, start))
  }

  async ports(reviewer: string, closing: AbortSignal): Promise<Ports> {
    const { portsOf } = await import('../../serve.ts')
    return portsOf(this.#root(), { env: this.#terminal.env, reviewer, closing })
  }

  async caller(): Promise<null> {
    return null
  }

  async examined(): Promise<{ store: Store; leftovers: Leftovers }> {
    const root = this.#root()
    const store = new FolderStore(root)
    const { FolderLeftovers } = await import('../../../stores/folder-leftovers.ts')
    return { store, leftovers: new FolderLeftovers(root, store) }
  }

  #root(): string {
    return findWorkspace(this.#terminal.cwd, this.#flags.workspace)
  }
}
