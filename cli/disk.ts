/** `itemwise disk [pipeline]`: how much space versions take, and with what. */
import { oneOffs } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { addUse, type DiskUse, diskUse, type FilePlace, noUse, type VersionUse } from '../core/versions/disk-use.ts'
import { prunePlan } from '../core/versions/prune.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { useFrugalHeap } from '../workspace/frugal-heap.ts'
import { bytesText, countText } from './number-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'
import { textTable } from './text-table.ts'

export interface DiskOptions extends StoreFlags {
  json?: boolean
}

/** The columns; what is left is in the sum only. */
const shown: readonly FilePlace[] = ['items', 'prompts', 'replies', 'collated', 'ledgers', 'work']

/** A row a pipeline, or of one pipeline a row a version. Throws RequestRefused for an unknown one. */
export async function disk([name]: [string?], options: DiskOptions, terminal: Terminal): Promise<number> {
  useFrugalHeap()
  const store = await (await openPlace(options, terminal)).store()
  const pipeline = name === undefined ? undefined : await knownPipeline(store, name)
  const { outputs, versions } = await diskUse(store, pipeline)
  const rows = pipeline === undefined ? byPipeline(versions) : byVersion(versions)
  const plan = await prunePlan(store, pipeline)
  const prunable = [...plan.thinned, ...plan.removed].reduce((sum, { bytes }) => sum + bytes, 0)
  if (options.json) {
    terminal.out(`${jsonText({ pipeline: pipeline ?? null, ...outputs, rows, prunable_bytes: prunable }, 2)}\n`)
    return 0
  }
  const where = pipeline === undefined ? 'outputs/' : `outputs/${pipeline}`
  const head = `${where} takes ${bytesText(outputs.bytes)} in ${countText(outputs.files)} file${outputs.files === 1 ? '' : 's'}.`
  const table = textTable([['', 'all', ...shown], ...rows.map(rowOf)])
  terminal.out(`${[head, ...(rows.length === 0 ? [] : ['', ...table])].join('\n')}\n`)
  terminal.note(packText(outputs))
  if (prunable > 0)
    terminal.note(
      `\n\`itemwise prune${pipeline === undefined ? '' : ` ${pipeline}`}\` can make room for ${bytesText(prunable)}; it asks first.\n`,
    )
  return 0
}

/** With fewer, packs make no difference that anybody sees. */
const manyFiles = 2000

/** Names the setting that writes less, if files of single prompts and answers are the most of it. */
function packText({ bytes, by, single_files }: DiskUse): string {
  const single = by.items + by.prompts
  if (single_files < manyFiles || single * 2 < bytes) return ''
  return `\n${countText(single_files)} files hold a single prompt or answer each, and take ${bytesText(single)}. \`keep: { prompts: packed, items: packed }\` in itemwise.yaml keeps a thousand in one file, from the next run on.\n`
}

interface Row extends DiskUse {
  name: string
}

/** The largest first. */
function byPipeline(versions: readonly VersionUse[]): Row[] {
  const pipelines = new Map<string, Row>()
  for (const version of versions) {
    const row = pipelines.get(version.pipeline) ?? { name: version.pipeline, ...noUse() }
    pipelines.set(version.pipeline, row)
    addUse(row, version)
  }
  return [...pipelines.values()].sort((a, b) => b.bytes - a.bytes)
}

function byVersion(versions: readonly VersionUse[]): Row[] {
  return versions
    .map(({ pipeline: _, version, ...use }) => ({ name: version, ...use }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

function rowOf({ name, bytes, by }: Row): string[] {
  const places = shown.map((place) => (by[place] === 0 ? '-' : bytesText(by[place])))
  return [name === oneOffs ? 'one-off runs' : printable(name), bytesText(bytes), ...places]
}
