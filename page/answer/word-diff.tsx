/** What changed in a text, word by word; in a very long one line by line. */
import type { ChangeObject } from 'diff'
import { useEffect, useState } from 'preact/hooks'

/** Characters of both: beyond, finding the words takes longer than a blink. */
const mostByWord = 30_000
const mostByLine = 2_000_000

type Part = Pick<ChangeObject<string>, 'added' | 'removed' | 'value'>

export function WordDiff({ before, after }: { before: string; after: string }) {
  const [parts, setParts] = useState<readonly Part[] | null>(null)
  useEffect(() => {
    let isWanted = true
    import('diff').then(({ diffLines, diffWordsWithSpace }) => {
      if (!isWanted) return
      const length = before.length + after.length
      if (length <= mostByWord) setParts(diffWordsWithSpace(before, after))
      else if (length <= mostByLine) setParts(diffLines(before, after))
      else
        setParts([
          { value: before, added: false, removed: true },
          { value: after, added: true, removed: false },
        ])
    })
    return () => {
      isWanted = false
    }
  }, [before, after])
  if (parts === null) return <div class="text">{after.slice(0, mostByWord)}</div>
  return (
    <div class="text" dir="auto">
      {parts.map(({ value, added, removed }, at) => {
        const text = value.length > mostByWord ? `${value.slice(0, mostByWord)} …` : value
        if (added) return <ins key={at}>{text}</ins>
        if (removed) return <del key={at}>{text}</del>
        return text
      })}
    </div>
  )
}
