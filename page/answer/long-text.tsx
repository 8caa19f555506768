/** A text with its line breaks. Of a very long one a part, until somebody wants the rest. */
import { useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { counted } from '../parts/numbers.ts'

/** Characters; more take the browser longer than a blink to lay out. */
const atFirst = 50_000
const atATime = 500_000

export function LongText({ text, isCode = false }: { text: string; isCode?: boolean }) {
  const [shown, setShown] = useState(atFirst)
  const rest = text.length - shown
  return (
    <>
      <div class={isCode ? 'text code' : 'text'} dir={isCode ? 'ltr' : 'auto'}>
        {rest > 0 ? text.slice(0, shown) : text}
      </div>
      {rest > 0 && (
        <Button onClick={() => setShown(shown + atATime)}>
          {`Show ${counted(Math.min(rest, atATime))} of ${counted(rest)} more characters`}
        </Button>
      )}
    </>
  )
}
