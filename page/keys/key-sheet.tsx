/** The sheet of keys: those that work where the page is now. */
import { useSignal } from '@preact/signals'
import { Dialog } from '../parts/dialog.tsx'
import { layers, useKeys } from './keys.ts'

const names: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  Escape: 'Esc',
  ' ': 'Space',
  'Ctrl+Enter': 'Ctrl Enter',
}

export function KeySheet() {
  const isOpen = useSignal(false)
  useKeys('Page', [{ keys: ['?'], does: 'This sheet', run: () => (isOpen.value = !isOpen.value) }])
  if (!isOpen.value) return null
  const shown = layers.value.filter(({ name }) => name !== 'Keys').toReversed()
  return (
    <Dialog title="Keys" onClose={() => (isOpen.value = false)} isWide>
      <div class="key-sheet">
        {shown.map((layer) => (
          <section key={layer.name}>
            <h3>{layer.name}</h3>
            <dl>
              {layer.keys().map(({ keys, does }) => (
                <div key={does}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{names[key] ?? key}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="faint">Keys rest while you type.</p>
    </Dialog>
  )
}
