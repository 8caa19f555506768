/** A value that is edited in place: a text box a field, a choice where the schema says which values there are. */
import type { Json } from '../api/shapes.ts'
import { Button } from '../parts/button.tsx'
import { RawNumber, type Value } from '../parts/texts.ts'

export interface EditorProps {
  value: Value
  /** What stood there: what was a number stays one, whatever is typed on the way. */
  like: Value | undefined
  /** What the schema says of it, if anything. */
  schema: Json | undefined
  /** `steps, entry 2`: what a screen reader says. */
  name: string
  /** Fields that Itemwise puts there: they stay. */
  ours?: readonly string[]
  onChange: (value: Value) => void
}

type Schema = { [name: string]: Json }

export function FieldEditor({ value, like, schema, name, ours = [], onChange }: EditorProps) {
  const rule = isObject(schema) ? schema : {}
  if (Array.isArray(rule.enum)) return <Choice value={value} values={rule.enum} name={name} onChange={onChange} />
  if (isNumber(value) || (typeof value === 'string' && isNumber(like)))
    return <NumberEditor value={value} name={name} onChange={onChange} />
  if (typeof value === 'string') return <TextEditor value={value} name={name} onChange={onChange} />
  if (typeof value === 'boolean')
    return (
      <label class="edit-flag">
        <input type="checkbox" checked={value} onChange={() => onChange(!value)} />
        {value ? 'true' : 'false'}
        <span class="hidden">{name}</span>
      </label>
    )
  if (value === null)
    return (
      <span class="edit-null">
        <span class="value-none">null</span>
        <Button kind="quiet" label={`Write a text into ${name}`} onClick={() => onChange('')}>
          Write a text
        </Button>
      </span>
    )
  if (Array.isArray(value))
    return <ListEditor value={value} like={like} schema={rule} name={name} onChange={onChange} />
  const properties = isObject(rule.properties) ? rule.properties : {}
  return (
    <div class="fields">
      {Object.keys(value)
        .filter((field) => !ours.includes(field))
        .map((field) => (
          <div key={field} class="field" role="group" aria-label={field}>
            <div class="edit-name" dir="auto">
              {field}
            </div>
            <FieldEditor
              value={value[field]!}
              like={isFielded(like) ? like[field] : undefined}
              schema={properties[field]}
              name={name === '' ? field : `${name}, ${field}`}
              onChange={(next) => onChange({ ...value, [field]: next })}
            />
          </div>
        ))}
    </div>
  )
}

type OfValue<T> = Pick<EditorProps, 'name' | 'onChange'> & { value: T }

function TextEditor({ value, name, onChange }: OfValue<string>) {
  return (
    <textarea
      aria-label={name}
      dir="auto"
      rows={Math.min(24, Math.max(1, value.split('\n').length + Math.floor(value.length / 90)))}
      value={value}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  )
}

const numberPattern = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** What is no number stays a text, which the schema refuses and which is seen. */
function NumberEditor({ value, name, onChange }: OfValue<Value>) {
  return (
    <input
      type="text"
      inputMode="decimal"
      aria-label={name}
      value={value instanceof RawNumber ? value.text : String(value)}
      onInput={({ currentTarget }) => {
        const text = currentTarget.value.trim()
        onChange(numberPattern.test(text) ? new RawNumber(text) : text)
      }}
    />
  )
}

function Choice({ value, values, name, onChange }: OfValue<Value> & { values: readonly Json[] }) {
  const texts = values.map((one) => JSON.stringify(one))
  const now = JSON.stringify(value)
  return (
    <select aria-label={name} value={now} onChange={({ currentTarget }) => onChange(JSON.parse(currentTarget.value))}>
      {!texts.includes(now) && <option value={now}>{now}</option>}
      {values.map((one, at) => (
        <option key={texts[at]} value={texts[at]}>
          {typeof one === 'string' ? one : texts[at]}
        </option>
      ))}
    </select>
  )
}

function ListEditor({
  value,
  like,
  schema,
  name,
  onChange,
}: OfValue<readonly Value[]> & { like: Value | undefined; schema: Schema }) {
  const last = value.at(-1)
  const entry = Array.isArray(like) ? like[0] : undefined
  return (
    <ol class="list edit-list">
      {value.map((one, at) => (
        <li key={at}>
          <div class="edit-entry">
            <FieldEditor
              value={one}
              like={entry}
              schema={schema.items}
              name={`${name}, entry ${at + 1}`}
              onChange={(next) => onChange(value.with(at, next))}
            />
            <Button
              kind="quiet"
              icon="close"
              label={`Remove entry ${at + 1} of ${name}`}
              onClick={() => onChange(value.toSpliced(at, 1))}
            >
              {''}
            </Button>
          </div>
        </li>
      ))}
      <li class="edit-add">
        <Button kind="quiet" label={`Add an entry to ${name}`} onClick={() => onChange([...value, emptyLike(last)])}>
          Add an entry
        </Button>
      </li>
    </ol>
  )
}

/** An entry of the shape that the others have. */
function emptyLike(value: Value | undefined): Value {
  if (value === undefined || typeof value === 'string' || value === null) return ''
  if (typeof value === 'boolean') return false
  if (typeof value === 'number' || value instanceof RawNumber) return 0
  if (Array.isArray(value)) return []
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, emptyLike(entry)]))
}

function isNumber(value: Value | undefined): value is number | RawNumber {
  return typeof value === 'number' || value instanceof RawNumber
}

function isFielded(value: Value | undefined): value is { [name: string]: Value } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof RawNumber)
}

function isObject(value: Json | undefined): value is Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
