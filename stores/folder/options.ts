/** What a folder store takes from its caller: the clock, its name among writers, and a hook for tests of crashes. */
import { hostname } from 'node:os'

/** Called at named points between two writes, with the path just written. What it throws counts as a failed write. */
export type Fault = (point: FaultPoint, path: string) => void

export type FaultPoint =
  | 'write:temp-written'
  | 'version:built'
  | 'version:renamed'
  | 'metadata:temp-written'
  | 'latest:linked'
  | 'keep:prompt-written'
  | 'receive:journal-written'
  | 'keep:journal-written'
  | 'keep:item-temp-written'
  | 'keep:item-written'
  | 'keep:reply-written'

export interface FolderOptions {
  /** Epoch milliseconds. Default: Date.now. */
  now?: () => number
  /** The name by which other writers know this machine. Default: its host name. */
  host?: string
  /** Default: this process. */
  pid?: number
  /** Between two signs of life of a writer. Default: 5000. */
  heartbeatMs?: number
  fault?: Fault
}

export interface FolderContext {
  now: () => number
  host: string
  pid: number
  heartbeatMs: number
  fault: Fault | undefined
}

export function folderContext(options: FolderOptions): FolderContext {
  return {
    now: options.now ?? Date.now,
    host: options.host ?? hostname(),
    pid: options.pid ?? process.pid,
    heartbeatMs: options.heartbeatMs ?? 5000,
    fault: options.fault,
  }
}
