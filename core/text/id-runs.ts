/** How many ids stand in a line of text: sorted, and runs of whole numbers folded. */

const wholeNumber = /^(0|[1-9]\d*)$/

/** Whole numbers first, by size; then the other ids, by their characters. */
export function sortIds(ids: Iterable<string>): string[] {
  const all = [...ids]
  const numbers = all.filter((id) => wholeNumber.test(id)).sort(byNumber)
  const others = all.filter((id) => !wholeNumber.test(id)).sort()
  return [...numbers, ...others]
}

/** Of two whole numbers of any length the longer one is the larger. */
function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b))
}

/** `11, 13-18, 20, 21`: three or more consecutive whole numbers fold into first-last. Empty for no ids. */
export function foldIds(ids: Iterable<string>): string {
  const runs: string[][] = []
  for (const id of sortIds(ids)) {
    const run = runs.at(-1)
    if (run !== undefined && follows(id, run.at(-1)!)) run.push(id)
    else runs.push([id])
  }
  return runs.flatMap((run) => (run.length < 3 ? run : `${run[0]}-${run.at(-1)}`)).join(', ')
}

function follows(id: string, before: string): boolean {
  return wholeNumber.test(id) && wholeNumber.test(before) && BigInt(id) === BigInt(before) + 1n
}
