/** The commands of the README and the docs, run as a reader would: the pages show what they print. */
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDocument, stories, withoutChance, withRealOutput } from '../tools/console-blocks.ts'

describe.concurrent('the console blocks', () => {
  const named = stories.map((pages) => ({ pages, names: pages.map((page) => basename(page, '.md')).join(', ') }))
  test.each(named)(
    'of $names show what their commands print',
    async ({ pages }) => {
      const markdown = pages.map(readDocument)
      for (const page of markdown) expect(page).toContain('```console')
      expect((await withRealOutput(markdown)).map(withoutChance)).toEqual(markdown.map(withoutChance))
      // A hundred commands in all, each a process of its own.
    },
    900_000,
  )
})
