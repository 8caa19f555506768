/** The frame of a report: one file that asks for nothing, runs nothing, and shows what it is made of. */
import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'
import { style } from './style.ts'

const styleHash = createHash('sha256').update(style).digest('base64')

/** Nothing may be loaded, run, framed or sent; the one style sheet is known by its hash. */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`

export function pageStart(title: string): string {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
`.text.concat(`<style>${style}</style>\n`)
}

export const pageEnd = '</main>\n</html>\n'

export interface Section {
  id: string
  title: string
}

export function contents(sections: readonly Section[]): Html {
  return html`<nav aria-label="Contents">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>`
}

export function heading({ id, title }: Section): Html {
  return html`<h2 id="${id}">${title}</h2>\n`
}

/** A state, a kind, a change: a word with its colour. */
export function chip(word: string, kind = word): Html {
  return html`<span class="chip ${kind}">${word}</span>`
}
