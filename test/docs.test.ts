import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { runRequestSchema } from '../core/request/parse-request.ts'
import { jsonText } from '../core/text/json.ts'
import { architecturePage } from '../tools/architecture.ts'
import { readDocument, stories } from '../tools/console-blocks.ts'
import { openApi } from '../tools/openapi.ts'
import { performancePage } from '../tools/performance.ts'
import { referenceText } from '../tools/reference.ts'

const root = join(import.meta.dirname, '..')

test('every console block of the guide is run, and the index names every page', () => {
  const pages = readdirSync(join(root, 'docs/guide')).filter((name) => name.endsWith('.md') && name !== 'README.md')
  const withCommands = pages.filter((name) => readDocument(`docs/guide/${name}`).includes('```console'))
  expect(withCommands.filter((name) => !stories.flat().includes(`docs/guide/${name}`))).toEqual([])
  const index = readDocument('docs/guide/README.md')
  expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([])
})

test('links between pages lead to a heading that is there', () => {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...inDocs.map((name) => posix.join('docs', name))]
  const leadNowhere = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => brokenLinksOf(page).map((link) => `${page}: ${link}`))
  expect(leadNowhere).toEqual([])
})

/** The links of a page to a file or a heading that is not there. */
function brokenLinksOf(page: string): string[] {
  return [...readDocument(page).matchAll(/\]\(([^)\s]+)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', heading] = link.split('#')
    const target = path === '' ? page : posix.join(posix.dirname(page), path)
    if (!existsSync(join(root, target))) return [link]
    return heading === undefined || headingsOf(readDocument(target)).includes(heading) ? [] : [link]
  })
}

/** As GitHub names them in links. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('the reference is made from the schemas as they are', () => {
  expect(readFileSync(join(root, 'docs/reference.md'), 'utf8')).toBe(referenceText())
})

test('the JSON Schema for editors is made from the schema as it is', () => {
  expect(readFileSync(join(root, 'pipelines/run-request.schema.json'), 'utf8')).toBe(
    `${jsonText(runRequestSchema(), 2)}\n`,
  )
})

test("the API's description is made from its routes and schemas as they are", () => {
  expect(readFileSync(join(root, 'docs/openapi.json'), 'utf8')).toBe(`${jsonText(openApi(), 2)}\n`)
})

test('the figures of the benchmarks are those of the last full run', () => {
  const { before, after } = performancePage()
  expect(before).toContain('<!-- end of figures -->')
  expect(before).toBe(after)
})

test('the tree and the pictures of the rooms are made from the code as it is', () => {
  const { before, after } = architecturePage()
  expect(before.match(/<!-- end -->/g)).toHaveLength(3)
  expect(before).toBe(after)
})

test('the files that the page on the architecture names are there', () => {
  const named = readDocument('docs/architecture.md').replaceAll(/^```[\s\S]*?^```$/gm, '')
  const files = [...named.matchAll(/`([\w.-]+\/[\w./-]+\.(?:ts|json))`/g)].flatMap(([, file = '']) => file)
  expect(files.length).toBeGreaterThan(30)
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
