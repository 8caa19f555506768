/** The templates of a workspace, as files below its prompts/: never above it, and not through a link that leads out of it. */
import { sep } from 'node:path'
import { PathOutside } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { textIfThere } from '../core/versions/version-documents.ts'
import { insideOf } from './folder/inside.ts'

const folder = 'prompts'

export class WorkspaceTemplates {
  readonly #root: string
  readonly #store: Store

  /** `root`: the workspace, which `store` keeps. */
  constructor(root: string, store: Store) {
    this.#root = root
    this.#store = store
  }

  /** Undefined if there is none. Throws PathOutside. */
  async read(name: string): Promise<string | undefined> {
    return textIfThere(this.#store, this.#path(name))
  }

  /** Whole or not at all. Throws PathOutside, StoreUnwritable. */
  write(name: string, text: string): Promise<void> {
    return this.#store.write(this.#path(name), text)
  }

  #path(name: string): string {
    const path = `${folder}/${name}.md`
    const real = insideOf(this.#root)
    if (!real(path).startsWith(`${real(folder)}${sep}`)) throw new PathOutside(path)
    return path
  }
}
