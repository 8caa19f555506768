/** The prompt as it was sent. What came from the item is marked. */

import { LongText } from '../answer/long-text.tsx'
import type { ItemStep, PromptPart } from '../api/shapes.ts'
import type { Version } from './version.ts'

export function Prompt({ item, version }: { item: ItemStep; version: Version }) {
  const { prompt, prompt_parts, prompt_edited, prompt_version } = item
  return (
    <section class="pane prompt" aria-labelledby="prompt-title">
      <header class="pane-head">
        <h2 id="prompt-title">Prompt</h2>
        {prompt_version !== version.ref.version && <span class="faint">{`of ${prompt_version}`}</span>}
        {prompt_parts?.some(({ from }) => from !== null) && (
          <span class="legend">
            <mark>from the item</mark>
          </span>
        )}
      </header>
      <div class="pane-body" tabIndex={0} role="region" aria-label="Prompt text">
        {prompt_edited && <p class="note">The kept prompt was changed by hand since.</p>}
        {prompt === null ? (
          <p class="faint">The version keeps no prompts.</p>
        ) : prompt_parts === null ? (
          <LongText text={prompt} />
        ) : (
          <Parts parts={prompt_parts} />
        )}
      </div>
    </section>
  )
}

const mostCharacters = 60_000

function Parts({ parts }: { parts: readonly PromptPart[] }) {
  let left = mostCharacters
  const shown = parts.flatMap((part) => {
    if (left <= 0) return []
    const text = part.text.slice(0, left)
    left -= text.length
    return [{ ...part, text }]
  })
  return (
    <div class="text" dir="auto">
      {shown.map(({ text, from }, at) =>
        from === null ? (
          text
        ) : (
          <mark key={`${at} ${from}`} title={from}>
            {text}
          </mark>
        ),
      )}
      {left <= 0 && <p class="note">The prompt goes on.</p>}
    </div>
  )
}
