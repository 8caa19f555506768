/** Sends what inputs were converted into: the Lambdas read JSON lines, and know no other format. */
import { type Conversion, conversionPath } from '../../core/items/conversion.ts'
import type { GivenInputs } from '../../core/request/given-inputs.ts'
import type { Stack } from './open-stack.ts'
import type { WithFiles } from './with-files.ts'

/** Returns what the execution has to know about them. The files they were made from are not sent. Throws StoreUnwritable. */
export async function sendConversions(
  { store }: Pick<Stack, 'store'>,
  { sources }: WithFiles,
  conversions: ReadonlyMap<number, Conversion>,
): Promise<GivenInputs> {
  const given: GivenInputs = {}
  for (const [step, { source, source_sha256, read_as, items, sha256, size, files, read }] of conversions) {
    const path = conversionPath(sha256)
    if ((await store.size(path)) !== size) await store.write(path, read(path))
    for (const file of files) sources.above.delete(file)
    given[step] = { source, source_sha256, read_as, items, sha256 }
  }
  return given
}
