/** Which columns the table shows. */
import { useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { type Column, hiddenColumns, hideColumns } from './columns.ts'

export function ColumnChoice({ table, columns }: { table: string; columns: readonly Column[] }) {
  const [isOpen, setOpen] = useState(false)
  const hidden = hiddenColumns(table)
  const toggle = (name: string) =>
    hideColumns(table, hidden.includes(name) ? hidden.filter((other) => other !== name) : [...hidden, name])
  return (
    <>
      <Button kind="quiet" icon="columns" onClick={() => setOpen(true)}>
        Columns
      </Button>
      {isOpen && (
        <Dialog title="Columns" onClose={() => setOpen(false)}>
          <ul class="choices">
            {columns.map(({ name, title }) => (
              <li key={name}>
                <label>
                  <input
                    type="checkbox"
                    checked={!hidden.includes(name)}
                    disabled={name === 'id'}
                    onChange={() => toggle(name)}
                  />
                  <span dir="auto">{title}</span>
                </label>
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  )
}
