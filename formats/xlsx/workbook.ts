/** What a workbook says of itself: its sheets, how its cells show numbers, and the texts that its cells share. */
import { JsonInvalid } from '../../core/text/json-array.ts'
import { didYouMean, someOf } from '../../core/text/nearest.ts'
import type { Archive } from './archive.ts'
import { type DateShape, dateShape } from './serial-dates.ts'
import { readXml } from './xml.ts'

export interface Sheet {
  name: string
  isHidden: boolean
  /** Its part in the archive. */
  part: string
}

export interface Workbook {
  sheets: Sheet[]
  /** Days are counted from 1904. */
  from1904: boolean
  /** By the style of a cell: what it shows if its number is a date. */
  shapes: (DateShape | null)[]
  texts: string[]
}

/** Reads all but the sheets. Throws JsonInvalid. */
export async function readWorkbook(archive: Archive): Promise<Workbook> {
  const main = await mainPart(archive)
  const folder = main.slice(0, main.lastIndexOf('/') + 1)
  const targets = await relations(archive, `${folder}_rels/${main.slice(folder.length)}.rels`)
  const resolved = new Map([...targets].map(([id, { type, target }]) => [id, { type, part: partPath(folder, target) }]))
  const ofType = (ending: string) => [...resolved.values()].find(({ type }) => type.endsWith(ending))?.part
  const sheets: Sheet[] = []
  let from1904 = false
  await readPart(archive, main, (name, attributes) => {
    if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes.date1904 ?? '')
    if (name !== 'sheet') return
    const id = attributes['r:id'] ?? Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? ''
    const found = resolved.get(id)
    // A chart has a sheet of its own, without cells.
    if (found?.type.endsWith('/worksheet'))
      sheets.push({
        name: attributes.name ?? '',
        isHidden: (attributes.state ?? 'visible') !== 'visible',
        part: found.part,
      })
  })
  return {
    sheets,
    from1904,
    shapes: await shapesOf(archive, ofType('/styles')),
    texts: await sharedTexts(archive, ofType('/sharedStrings')),
  }
}

/** The sheet of a name, else the first that is visible. Throws JsonInvalid. */
export function chosenSheet({ sheets }: Workbook, name: string): Sheet {
  const names = sheets.map((sheet) => sheet.name)
  if (sheets.length === 0) throw new JsonInvalid('has no sheet with cells')
  if (name === '') return sheets.find(({ isHidden }) => !isHidden) ?? sheets[0]!
  const found =
    sheets.find((sheet) => sheet.name === name) ??
    sheets.find((sheet) => sheet.name.toLowerCase() === name.toLowerCase())
  if (found !== undefined) return found
  throw new JsonInvalid(`has no sheet ${name}. There is: ${someOf(names)}.${didYouMean(name, names)}`)
}

async function mainPart(archive: Archive): Promise<string> {
  const found = [...(await relations(archive, '_rels/.rels')).values()].find(({ type }) =>
    type.endsWith('/officeDocument'),
  )
  if (found === undefined) throw new JsonInvalid('is no .xlsx file: it holds no workbook')
  return partPath('', found.target)
}

async function relations(archive: Archive, part: string): Promise<Map<string, { type: string; target: string }>> {
  const found = new Map<string, { type: string; target: string }>()
  await readPart(archive, part, (name, { Id = '', Type = '', Target = '' }) => {
    if (name === 'Relationship') found.set(Id, { type: Type, target: Target })
  })
  return found
}

function partPath(folder: string, target: string): string {
  const parts = target.startsWith('/') ? target.slice(1).split('/') : `${folder}${target}`.split('/')
  const path: string[] = []
  for (const part of parts) {
    if (part === '..') path.pop()
    else if (part !== '.') path.push(part)
  }
  return path.join('/')
}

async function shapesOf(archive: Archive, part: string | undefined): Promise<Workbook['shapes']> {
  const codes = new Map<number, string>()
  const shapes: Workbook['shapes'] = []
  let inCells = false
  if (part === undefined) return shapes
  await readPart(archive, part, (name, { numFmtId, formatCode }) => {
    if (name === 'numFmt') codes.set(Number(numFmtId), formatCode ?? '')
    if (name === 'cellXfs' || name === 'cellStyleXfs') inCells = name === 'cellXfs'
    if (name === 'xf' && inCells) shapes.push(dateShape(Number(numFmtId ?? 0), codes.get(Number(numFmtId ?? 0))))
  })
  return shapes
}

async function sharedTexts(archive: Archive, part: string | undefined): Promise<string[]> {
  const chunks = part === undefined ? undefined : await archive.part(part)
  const texts: string[] = []
  if (chunks === undefined) return texts
  const reader = new RichText()
  await readXml(chunks, part ?? '', {
    open: (name) => {
      if (name === 'si') reader.begin()
      reader.open(name)
    },
    close: (name) => {
      reader.close(name)
      if (name === 'si') texts.push(reader.text())
    },
    text: (text) => reader.add(text),
  })
  return texts
}

/** A text that may stand in several runs of different looks; how it is pronounced is left out. */
export class RichText {
  #text = ''
  #inText = false
  #inPhonetic = false

  begin(): void {
    this.#text = ''
  }

  open(name: string): void {
    if (name === 't') this.#inText = true
    if (name === 'rPh') this.#inPhonetic = true
  }

  close(name: string): void {
    if (name === 't') this.#inText = false
    if (name === 'rPh') this.#inPhonetic = false
  }

  add(text: string): void {
    if (this.#inText && !this.#inPhonetic) this.#text += text
  }

  text(): string {
    return unescaped(this.#text)
  }
}

/** Characters that XML does not have are written as `_x000B_`, in every part of a workbook. */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text
  return text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

async function readPart(
  archive: Archive,
  part: string,
  open: (name: string, attributes: Readonly<Record<string, string>>) => void,
): Promise<void> {
  const chunks = await archive.part(part)
  if (chunks === undefined)
    throw new JsonInvalid(`is damaged: its part ${part} is missing. Save it again in the program it comes from`)
  await readXml(chunks, part, { open, close: () => {} })
}
