/** Saves the template that was tried into the workspace, in the place of the file that was read. Then the flagged items can be run again. */
import { useState } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { TemplateFile } from '../api/shapes.ts'
import { Button } from '../parts/button.tsx'
import { refusal, useFetched } from '../state/resource.ts'
import { tell } from '../state/toasts.ts'

interface SaveTemplateProps {
  /** As the step has it. */
  name: string
  version: string
  /** What the version was made with, and what is to be saved. */
  before: string | null
  text: string
  onSaved: () => void
}

export function SaveTemplate({ name, version, before, text, onSaved }: SaveTemplateProps) {
  const file = useFetched(name, (signal) => call<TemplateFile>('GET', ['templates', name], { signal }))
  const [problem, setProblem] = useState<string | null>(null)
  const [isSaving, setSaving] = useState(false)
  const fetched = file.fetched.value
  if (fetched.state === 'refused')
    return <p class="faint">{`The template cannot be saved from here. ${fetched.error.message}`}</p>
  const there = fetched.value
  const save = async () => {
    if (there === null || isSaving) return
    setSaving(true)
    try {
      const body = { text, replaces: there.sha256 }
      const { path } = await call<{ path: string }>('POST', ['templates', name], { body })
      tell(`Saved ${path}.`)
      onSaved()
    } catch (error) {
      setSaving(false)
      setProblem(refusal(error).message)
      file.again()
    }
  }
  return (
    <div class="save-template">
      {problem && <p class="note">{problem}</p>}
      {there !== null && there.text !== before && there.text !== text && (
        <p class="note">{`${there.path} was changed since ${version} was made. Saving puts your text in its place.`}</p>
      )}
      <Button disabled={there === null || there.text === text || isSaving} onClick={() => void save()}>
        Save the template and rerun flagged
      </Button>
      {there !== null && there.text === text && <p class="faint">{`${there.path} has this text.`}</p>}
    </div>
  )
}
