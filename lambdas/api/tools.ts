/** What the routes work with. */
import { Executions } from '../../stores/executions.ts'
import type { CloudStore } from '../../stores/s3-dynamodb.ts'
import { VersionPages } from '../../stores/version-pages.ts'
import { openStore, variable } from '../environment.ts'

export interface Tools {
  store: CloudStore
  executions: Executions
  pages: VersionPages
}

let tools: Tools | undefined

/** Made at the first request, and kept: clients hold their connections. */
export function toolsOfStack(): Tools {
  tools ??= {
    store: openStore(),
    executions: new Executions(variable('STATE_MACHINE')),
    pages: new VersionPages(variable('TABLE')),
  }
  return tools
}
