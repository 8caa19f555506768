/** A laid out machine as an SVG. */
import type { State, States } from '../../infra/states-language.ts'
import { type Box, type Edge, layOut, margin, type Picture } from './layout.ts'

const colours: Record<string, { fill: string; stroke: string }> = {
  Task: { fill: '#ddf4ff', stroke: '#0969da' },
  Wait: { fill: '#f6f8fa', stroke: '#57606a' },
  Choice: { fill: '#fff8c5', stroke: '#9a6700' },
  Map: { fill: '#ffffff', stroke: '#8c959f' },
  Succeed: { fill: '#dafbe1', stroke: '#1a7f37' },
  Fail: { fill: '#ffebe9', stroke: '#cf222e' },
}
/** What a Task calls: a Lambda of ours, or an AWS service itself. */
const services: Record<string, string> = {
  lambda: 'Lambda',
  dynamodb: 'DynamoDB',
  'aws-sdk:lambda': 'AWS Lambda API',
  'aws-sdk:sfn': 'Step Functions',
}
const grey = '#57606a'
const red = '#cf222e'

export function drawMachine(states: States, title: string): string {
  const picture = layOut(states)
  const { width } = picture
  // The room for the title of a Map is not needed around the whole.
  const top = 34
  const height = picture.height - top
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${top} ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="14" role="img" aria-label="${escaped(title)}">`,
    '<defs>',
    arrow('arrow', grey),
    arrow('error', red),
    '</defs>',
    `<rect y="${top}" width="${width}" height="${height}" fill="#ffffff"/>`,
    ...drawn(picture),
    '</svg>',
  ].join('\n')}\n`
}

function arrow(id: string, colour: string): string {
  return `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" fill="${colour}"/></marker>`
}

function drawn({ boxes, edges }: Picture): string[] {
  const named = new Map(boxes.map((box) => [box.name, box]))
  const lowest = Math.max(...boxes.map(({ y, height }) => y + height))
  return [
    ...boxes.flatMap(boxLines),
    ...edges.flatMap((edge) => edgeLines(edge, { from: named.get(edge.from)!, to: named.get(edge.to)!, lowest })),
  ]
}

function boxLines({ name, state, x, y, width, height, inner }: Box): string[] {
  const { fill, stroke } = colours[state.Type]!
  const dashes = inner === null ? '' : ' stroke-dasharray="5 4"'
  const rect = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${state.Type === 'Choice' ? 22 : 7}" fill="${fill}" stroke="${stroke}"${dashes}/>`
  if (inner !== null) {
    const texts = [text(x + 14, y + 22, name, { bold: true }), text(x + 14, y + 39, mapWords(state), { small: true })]
    return [rect, ...texts, `<g transform="translate(${x} ${y})">`, ...drawn(inner), '</g>']
  }
  const middle = { anchor: 'middle' }
  const centre = x + width / 2
  return [
    rect,
    text(centre, y + 21, name, { ...middle, bold: true }),
    text(centre, y + 38, kindWords(state), { ...middle, small: true }),
  ]
}

function kindWords({ Type, Resource, Retry }: State): string {
  if (Type !== 'Task') return Type.toLowerCase()
  const service = /:::([\w:-]+):\w+$/.exec(String(Resource))?.[1] ?? ''
  return `${services[service] ?? service}${Retry === undefined ? '' : ', retried'}`
}

function mapWords({ MaxConcurrency, ItemProcessor, ItemReader }: State): string {
  const mode = ItemProcessor?.ProcessorConfig.Mode === 'DISTRIBUTED' ? 'Distributed Map' : 'inline Map'
  const source = ItemReader === undefined ? '' : ' over the file of chunks in S3'
  const most = /(\d+)\]/.exec(String(MaxConcurrency))?.[1]
  return MaxConcurrency === 1 ? `${mode}, one after the other` : `${mode}${source}, at most ${most} at once`
}

interface Ends {
  from: Box
  to: Box
  /** The lower edge of all boxes around. */
  lowest: number
}

function edgeLines({ kind, label }: Edge, ends: Ends): string[] {
  const { path, at } = kind === 'catch' ? caught(ends, label) : going(ends)
  const isError = kind === 'catch'
  const style = isError
    ? `stroke="${red}" stroke-dasharray="4 3" marker-end="url(#error)"`
    : `stroke="${grey}" marker-end="url(#arrow)"`
  const line = `<path d="${path}" fill="none" stroke-width="1.5" ${style}/>`
  return label === ''
    ? [line]
    : [line, text(at[0], at[1], label, { small: true, anchor: 'middle', colour: isError ? red : grey })]
}

interface Way {
  path: string
  /** Where the label goes. */
  at: [number, number]
}

/** Straight on, over what stands between, or back underneath. */
function going({ from, to }: Ends): Way {
  const [startX, startY] = [from.x + from.width, from.y + from.height / 2]
  const [endX, endY] = [to.x, to.y + to.height / 2]
  if (endX < startX) {
    const low = from.y + from.height + 18
    const [right, left] = [from.x + from.width / 2, to.x + to.width / 2]
    return {
      path: `M${right} ${from.y + from.height}V${low}H${left}V${to.y + to.height}`,
      at: [(left + right) / 2, low - 5],
    }
  }
  if (endX - startX > 100) {
    const high = margin.top - 4
    const [left, right] = [from.x + from.width / 2, to.x + to.width / 2]
    return { path: `M${left} ${from.y}V${high}H${right}V${to.y}`, at: [left + 60, high - 5] }
  }
  const half = (startX + endX) / 2
  const path =
    startY === endY
      ? `M${startX} ${startY}H${endX}`
      : `M${startX} ${startY}C${half} ${startY} ${half} ${endY} ${endX} ${endY}`
  // Beside a curve, its label would be crossed.
  return {
    path,
    at: startY === endY ? [half, startY - 7] : [startX + 14, (startY * 2 + endY) / 3 + (endY < startY ? -16 : 26)],
  }
}

/** Down to the row of what only errors reach; what is caught by name comes from the left of the box, any error from its right. */
function caught({ from, to }: Ends, label: string): Way {
  if (to.y === from.y) {
    const y = from.y + from.height - 10
    return { path: `M${from.x + from.width} ${y}H${to.x}`, at: [(from.x + from.width + to.x) / 2, y + 15] }
  }
  const isNarrow = from.inner === null
  const startX = from.x + from.width / 2 + (isNarrow ? (label === 'any error' ? 30 : -30) : 0)
  const targetX = to.x + to.width / 2
  const endX = Math.abs(startX - targetX) < to.width / 2 ? startX : targetX + Math.sign(startX - targetX) * 24
  const level = to.y - 34
  const toward = startX === endX ? 42 : Math.sign(endX - startX) * 40
  return {
    path: `M${startX} ${from.y + from.height}V${level}H${endX}V${to.y}`,
    at: [startX + toward, startX === endX && isNarrow ? level + 20 : level - 6],
  }
}

function text(
  x: number,
  y: number,
  words: string,
  style: { bold?: boolean; small?: boolean; anchor?: string; colour?: string },
): string {
  const { bold = false, small = false, anchor, colour = small ? grey : '#24292f' } = style
  const more = `${bold ? ' font-weight="600"' : ''}${small ? ' font-size="12"' : ''}${anchor === undefined ? '' : ` text-anchor="${anchor}"`}`
  return `<text x="${x}" y="${y}" fill="${colour}"${more}>${escaped(words)}</text>`
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
