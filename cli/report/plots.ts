/** Small plots over the versions of a pipeline, as inline SVG. */
import { type Html, html } from './html.ts'

export interface Point {
  version: string
  /** Null: not known. */
  amount: number | null
}

export interface Plot {
  title: string
  points: readonly Point[]
  text: (amount: number) => string
}

const [width, height, base] = [320, 92, 74]

/** `version`: the one that the report is about. */
export function plotHtml({ title, points, text }: Plot, version: string): Html {
  const most = Math.max(0, ...points.map(({ amount }) => amount ?? 0))
  const step = width / points.length
  const bars = points.map(({ version: of, amount }, at) => {
    const length = most === 0 || amount === null ? 0 : Math.max(2, (amount / most) * (base - 8))
    const place = html`x="${(at * step + step * 0.12).toFixed(1)}" y="${(base - length).toFixed(1)}" width="${Math.min(step * 0.76, 34).toFixed(1)}" height="${length.toFixed(1)}"`
    return html`<rect class="bar${of === version ? ' this' : ''}" ${place}><title>${of}: ${amount === null ? 'not known' : text(amount)}</title></rect>`
  })
  const now = points.find((point) => point.version === version)?.amount ?? null
  const said = points.map(({ version: of, amount }) => `${of} ${amount === null ? 'not known' : text(amount)}`)
  return html`<figure><figcaption><span>${title}</span><span>${now === null ? 'not known' : text(now)}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title} by version: ${said.join(', ')}"><line class="axis" x1="0" x2="${width}" y1="${base}" y2="${base}"/>${bars}<text x="0" y="${height - 4}">${points[0]?.version ?? ''}</text><text x="${width}" y="${height - 4}" text-anchor="end">${points.at(-1)?.version ?? ''}</text></svg></figure>
`
}
