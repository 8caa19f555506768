/** An editor for JSON: CodeMirror, loaded when somebody first wants it. */
import { json, jsonParseLinter } from '@codemirror/lang-json'
import { linter, lintGutter } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { basicSetup, EditorView } from 'codemirror'
import { useEffect, useRef } from 'preact/hooks'

/** The nonce with which the policy of the page lets the editor add its styles. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name=nonce]')?.content ?? ''

export default function JsonEditor({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const state = EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        basicSetup,
        json(),
        linter(jsonParseLinter()),
        lintGutter(),
        EditorView.lineWrapping,
        EditorView.theme({}, { dark: matchMedia('(prefers-color-scheme: dark)').matches }),
        EditorView.contentAttributes.of({ 'aria-label': 'Answer as JSON' }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) onChange(state.doc.toString())
        }),
      ],
    })
    const view = new EditorView({ state, parent: element.current! })
    view.focus()
    return () => view.destroy()
  }, [])
  return <div class="json-editor" ref={element} />
}
