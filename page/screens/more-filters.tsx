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
  const { failed, decision, against, change, field, value } = props.filter
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen(true)}>
        More filters
      </Button>
      {failed && <OnFilter name="failed" value={failed} without={{ failed: undefined }} />}
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
