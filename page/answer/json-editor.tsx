/** An editor for JSON: CodeMirror, loaded when somebody first wants it. */
import { json, jsonParseLinter } from '@codemirror/lang-json'
import { linter, lintGutter } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { keymap } from '@codemirror/view'
import { basicSetup, EditorView } from 'codemirror'
import { useEffect, useRef } from 'preact/hooks'

/** The nonce with which the policy of the page lets the editor add its styles. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name=nonce]')?.content ?? ''

interface JsonEditorProps {
  text: string
  onChange: (text: string) => void
  onSave: () => void
}

export default function JsonEditor({ text, onChange, onSave }: JsonEditorProps) {
  const save = useRef(onSave)
  save.current = onSave
  const saveNow = () => {
    save.current()
    return true
  }
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const state = EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: saveNow }])),
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
