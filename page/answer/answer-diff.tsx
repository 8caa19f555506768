/** Two answers to one item: their fields that differ, each with what changed in it. */
import { useMemo, useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { parsed, type Value, written } from '../parts/texts.ts'
import { Fields } from './fields.tsx'
import { WordDiff } from './word-diff.tsx'

interface AnswerDiffProps {
  /** JSON text, or texts; null: there is none. */
  before: string | null
  after: string | null
  isText: boolean
  ours?: readonly string[]
}

export function AnswerDiff({ before, after, isText, ours = [] }: AnswerDiffProps) {
  const values = useMemo(() => (isText ? null : bothOf(before, after)), [before, after, isText])
  if (before === null || after === null)
    return (
      <>
        <p class="note">{before === null ? 'There was no answer before.' : 'There is no answer any more.'}</p>
        <WordDiff before={before ?? ''} after={after ?? ''} />
      </>
    )
  if (values === null) return <WordDiff before={before} after={after} />
  return <ValueDiff {...values} ours={ours} />
}

function bothOf(before: string | null, after: string | null): { before: Value; after: Value } | null {
  try {
    return { before: parsed(before ?? ''), after: parsed(after ?? '') }
  } catch {
    return null
  }
}

type Fielded = { [name: string]: Value }

function isFielded(value: Value | undefined): value is Fielded {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
}

const isSame = (one: Value | undefined, other: Value | undefined) =>
  (one === undefined ? '' : written(one)) === (other === undefined ? '' : written(other))

interface ValueDiffProps {
  before: Value | undefined
  after: Value | undefined
  ours?: readonly string[]
}

function ValueDiff({ before, after, ours = [] }: ValueDiffProps) {
  if (isFielded(before) && isFielded(after)) return <FieldsDiff before={before} after={after} ours={ours} />
  if (Array.isArray(before) && Array.isArray(after)) return <EntriesDiff before={before} after={after} />
  return <WordDiff before={plain(before)} after={plain(after)} />
}

function FieldsDiff({ before, after, ours }: { before: Fielded; after: Fielded; ours: readonly string[] }) {
  const [all, setAll] = useState(false)
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !ours.includes(name))
  const same = names.filter((name) => isSame(before[name], after[name]))
  const shown = all ? names : names.filter((name) => !same.includes(name))
  return (
    <>
      <dl class="fields">
        {shown.map((name) => (
          <div key={name} class="field">
            <dt dir="auto">
              {name}
              {before[name] === undefined && <ins>new</ins>}
              {after[name] === undefined && <del>gone</del>}
            </dt>
            <dd>
              {same.includes(name) ? (
                <Fields value={after[name]!} />
              ) : (
                <ValueDiff before={before[name]} after={after[name]} />
              )}
            </dd>
          </div>
        ))}
      </dl>
      {same.length > 0 && !all && (
        <Button kind="quiet" onClick={() => setAll(true)}>
          {`${same.length} ${same.length === 1 ? 'field is' : 'fields are'} the same`}
        </Button>
      )}
    </>
  )
}

function EntriesDiff({ before, after }: { before: readonly Value[]; after: readonly Value[] }) {
  const isOfTexts = [...before, ...after].every((value) => typeof value === 'string')
  const count = Math.max(before.length, after.length)
  // An entry put in or taken out moves all behind it: as lines, they are found again.
  if (isOfTexts && before.length !== after.length)
    return <WordDiff before={before.join('\n')} after={after.join('\n')} />
  return (
    <ol class="list">
      {Array.from({ length: count }, (_, at) => (
        <li key={at}>
          {isSame(before[at], after[at]) ? (
            <Fields value={after[at]!} />
          ) : (
            <ValueDiff before={before[at]} after={after[at]} />
          )}
        </li>
      ))}
    </ol>
  )
}

function plain(value: Value | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : written(value, 2)
}
