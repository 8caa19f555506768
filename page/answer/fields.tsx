/** A JSON value as people read it: fields under their names, texts with line breaks, lists as lists. */

import { useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { RawNumber, type Value } from '../parts/texts.ts'
import { TextValue } from './text-value.tsx'

interface FieldsProps {
  value: Value
  /** Fields that Itemwise put there: shown small. */
  ours?: readonly string[]
}

export function Fields({ value, ours = [] }: FieldsProps) {
  if (value === null) return <span class="value-none">null</span>
  if (value instanceof RawNumber) return <span class="value-plain">{value.text}</span>
  if (typeof value === 'string')
    return value === '' ? <span class="value-none">empty</span> : <TextValue text={value} />
  if (typeof value !== 'object') return <span class="value-plain">{String(value)}</span>
  if (Array.isArray(value)) return <List values={value} />
  const names = Object.keys(value)
  if (names.length === 0) return <span class="value-none">{'{}'}</span>
  return (
    <dl class="fields">
      {[...names.filter((name) => !ours.includes(name)), ...names.filter((name) => ours.includes(name))].map((name) => (
        <div key={name} class={ours.includes(name) ? 'field field-ours' : 'field'}>
          <dt dir="auto">{name}</dt>
          <dd>
            <Fields value={value[name]!} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

const atFirst = 200

function List({ values }: { values: readonly Value[] }) {
  const [shown, setShown] = useState(atFirst)
  if (values.length === 0) return <span class="value-none">no entries</span>
  return (
    <>
      <ol class="list">
        {values.slice(0, shown).map((value, at) => (
          <li key={at}>
            <Fields value={value} />
          </li>
        ))}
      </ol>
      {values.length > shown && (
        <Button onClick={() => setShown(shown + 2000)}>{`Show more of ${values.length} entries`}</Button>
      )}
    </>
  )
}
