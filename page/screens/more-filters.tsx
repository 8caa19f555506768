/** Filters that are wanted less often: kinds of failures, what changed against another version, and the values of a field. */
import { useState } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { Facets } from '../api/shapes.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { inACell } from '../parts/texts.ts'
import { countedBy, type Filter, filterBy } from '../state/filter.ts'
import { useFetched } from '../state/resource.ts'
import { pathOf } from '../state/rows.ts'
import { Chip, OnFilter } from './chip.tsx'
import type { Version } from './version.ts'

interface MoreFiltersProps {
  version: Version
  filter: Filter
  fields: readonly string[]
  facets: Facets | null
}

export function MoreFilters(props: MoreFiltersProps) {
  const [isOpen, setOpen] = useState(false)
  const { failed, odd, decision, against, change, field, value } = props.filter
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen(true)}>
        More filters
      </Button>
      {failed && <OnFilter name="failed" value={failed} without={{ failed: undefined }} />}
      {odd && <OnFilter name="odd" value={oddText(odd)} without={{ odd: undefined }} />}
      {decision && <OnFilter name="decision" value={decision} without={{ decision: undefined }} />}
      {against && (
        <OnFilter
          name={`${change ?? 'changed'} against`}
          value={against}
          without={{ against: undefined, change: undefined }}
        />
      )}
      {field && <OnFilter name={field} value={valueText(value)} without={{ field: undefined, value: undefined }} />}
      {isOpen && (
        <Dialog title="More filters" onClose={() => setOpen(false)}>
          <Choices {...props} onDone={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  )
}

function Choices({ version, filter, fields, facets, onDone }: MoreFiltersProps & { onDone: () => void }) {
  const [field, setField] = useState(filter.field ?? fields[0] ?? '')
  const choose = (changes: Filter) => {
    filterBy(changes)
    onDone()
  }
  const failed = Object.entries(facets?.failed ?? {})
  const others = version.versions.filter(({ version: name }) => name !== version.ref.version)
  return (
    <div class="more-filters">
      {failed.length > 0 && (
        <fieldset class="chips">
          <legend>Failed</legend>
          {failed.map(([kind, count]) => (
            <Chip key={kind} isOn={filter.failed === kind} count={count} onClick={() => choose({ failed: kind })}>
              {kind}
            </Chip>
          ))}
        </fieldset>
      )}
      <fieldset class="chips">
        <legend>Odd</legend>
        <Oddities version={version} filter={filter} onChoose={choose} />
      </fieldset>
      {others.length > 0 && (
        <fieldset class="chips">
          <legend>Changed against</legend>
          {others.slice(0, 12).map(({ version: name }) => (
            <Chip
              key={name}
              isOn={filter.against === name}
              count={undefined}
              onClick={() => choose({ against: name, change: 'changed' })}
            >
              {name}
            </Chip>
          ))}
        </fieldset>
      )}
      {fields.length > 0 && (
        <fieldset>
          <legend>A value of a field</legend>
          <select aria-label="Field" value={field} onChange={({ currentTarget }) => setField(currentTarget.value)}>
            {fields.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <Values key={field} version={version} filter={filter} field={field} onChoose={choose} />
        </fieldset>
      )}
    </div>
  )
}

interface OdditiesProps {
  version: Version
  filter: Filter
  onChoose: (changes: Filter) => void
}

function Oddities({ version, filter, onChoose }: OdditiesProps) {
  const { odd: _odd, ...others } = countedBy(filter)
  const facets = useFetched(JSON.stringify([version.ref, others, 'oddities']), (signal) =>
    call<Facets>('GET', [...pathOf(version.ref), 'facets'], { query: { ...others, oddities: 'yes' }, signal }),
  )
  const fetched = facets.fetched.value
  const found = fetched.value?.oddities
  if (fetched.state === 'refused') return <p class="note">{fetched.error.message}</p>
  if (found == null) return <p class="waiting">Reading the answers …</p>
  if (found.length === 0) return <p class="faint">Nothing is odd.</p>
  return (
    <>
      {found.map(({ kind, field, count }) => {
        const odd = field === undefined ? kind : `${kind}:${field}`
        return (
          <Chip key={odd} isOn={filter.odd === odd} count={count} onClick={() => onChoose({ odd })}>
            <span class="clipped">{oddText(odd)}</span>
          </Chip>
        )
      })}
    </>
  )
}

const oddTitles: Readonly<Record<string, string>> = {
  empty: 'Empty',
  refusal: 'Sounds like a refusal',
  same_as_item: 'Repeats its item',
  same_answer: 'As an earlier answer',
  empty_field: 'Empty',
  short: 'Far shorter',
  long: 'Far longer',
  cost: 'Far dearer',
}

/** `Far shorter: text` */
function oddText(odd: string): string {
  const [kind = '', ...field] = odd.split(':')
  const title = oddTitles[kind] ?? kind
  return field.length === 0 ? title : `${title}: ${field.join(':')}`
}

interface ValuesProps {
  version: Version
  filter: Filter
  field: string
  onChoose: (changes: Filter) => void
}

function Values({ version, filter, field, onChoose }: ValuesProps) {
  const { field: _field, value: _value, ...others } = countedBy(filter)
  const facets = useFetched(field, (signal) =>
    call<Facets>('GET', [...pathOf(version.ref), 'facets'], { query: { ...others, fields: field }, signal }),
  )
  const found = facets.fetched.value.value?.fields.find((one) => one.field === field)
  if (found === undefined) return <p class="waiting">Counting …</p>
  return (
    <div class="chips">
      {found.values.map(({ value, count }) => {
        const text = JSON.stringify(value)
        const isOn = filter.field === field && filter.value === text
        return (
          <Chip key={text} isOn={isOn} count={count} onClick={() => onChoose({ field, value: text })}>
            <span class="clipped" dir="auto">
              {inACell(value) || '(empty)'}
            </span>
          </Chip>
        )
      })}
      {found.others > 0 && <span class="faint">{`and ${found.others} with rarer values`}</span>}
    </div>
  )
}

function valueText(value: string | undefined): string {
  try {
    return inACell(JSON.parse(value ?? ''))
  } catch {
    return value ?? ''
  }
}
