/** A text of an answer; one that is written in Markdown is shown as it is meant, or as it stands. */
import { useEffect, useState } from 'preact/hooks'
import { LongText } from './long-text.tsx'
import type { SafeHtml } from './markdown.ts'

/** Longer texts stay as they are: nobody reads them, and laying them out takes seconds. */
const mostMarkdown = 100_000

/** Signs that stand in Markdown and seldom elsewhere. */
const signs = /^#{1,6} \S|^\s{0,3}[-*+] \S|^\s{0,3}\d+[.)] \S|^```|\*\*\S[^*]*\*\*|\[[^\]]+\]\([^)]+\)|^\|.+\|$|^> /m

export function TextValue({ text }: { text: string }) {
  const [asText, setAsText] = useState(false)
  const isMarkdown = text.length <= mostMarkdown && signs.test(text)
  if (!isMarkdown) return <LongText text={text} />
  return (
    <div class="marked">
      {asText ? <LongText text={text} /> : <Rendered text={text} />}
      <button type="button" class="marked-switch" onClick={() => setAsText(!asText)}>
        {asText ? 'as Markdown' : 'as text'}
      </button>
    </div>
  )
}

function Rendered({ text }: { text: string }) {
  const [html, setHtml] = useState<SafeHtml | null>(null)
  useEffect(() => {
    let isWanted = true
    import('./markdown.ts').then(({ renderedSafely }) => {
      if (isWanted) setHtml(renderedSafely(text))
    })
    return () => {
      isWanted = false
    }
  }, [text])
  if (html === null) return <LongText text={text} />
  // DOMPurify made it, and the browser takes no other: Trusted Types.
  return <div class="text markdown" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />
}
