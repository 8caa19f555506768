/** How many ids stand in a line of text: sorted, and runs of whole numbers folded. */

const wholeNumber = /^(0|[1-9]\d*)$/

/** Whole numbers first, by size; then the other ids, by their characters. */
export function sortIds(ids: Iterable<string>): string[] {
  const numbers: string[] = []
  const others: string[] = []
  let isSorted = true
  for (const id of ids) {
    if (!wholeNumber.test(id)) others.push(id)
    else {
      isSorted &&= numbers.length === 0 || byNumber(numbers.at(-1)!, id) <= 0
      numbers.push(id)
    }
  }
  // A million ids mostly come in order; sorting takes as much memory again.
  if (!isSorted) numbers.sort(byNumber)
  return others.length === 0 ? numbers : [...numbers, ...others.sort()]
}

/** Of two whole numbers of any length the longer one is the larger. */
function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b))
}

/** `11, 13-18, 20, 21`: three or more consecutive whole numbers fold into first-last. Empty for no ids. */
export function foldIds(ids: Iterable<string>): string {
  const runs: { first: string; last: string; length: number }[] = []
  for (const id of sortIds(ids)) {
    const run = runs.at(-1)
    if (run === undefined || !follows(id, run.last)) runs.push({ first: id, last: id, length: 1 })
    else {
      run.last = id
      run.length += 1
    }
  }
  return runs.map(runText).join(', ')
}

function runText({ first, last, length }: { first: string; last: string; length: number }): string {
  if (length === 1) return first
  return `${first}${length === 2 ? ', ' : '-'}${last}`
}

function follows(id: string, before: string): boolean {
  return wholeNumber.test(id) && wholeNumber.test(before) && BigInt(id) === BigInt(before) + 1n
}
