/** Rows of one height of which only those in view are drawn: a hundred thousand scroll like twenty. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

interface VirtualRowsProps {
  count: number
  /** Pixels. */
  rowHeight: number
  /** Kept in view. */
  active: number
  /** Where it was scrolled to before. */
  top: number
  onTop: (top: number) => void
  /** Told which rows are in view, so that they can be fetched. */
  onView: (from: number, to: number) => void
  /** `slot`: of rows that are in view together no two have the same. Its elements are used again for a row that comes into view. */
  row: (index: number, slot: number) => ComponentChildren
}

/** Browsers draw nothing taller: 33,554,400 pixels in Chromium, 17,895,697 in Firefox. */
const mostPixels = 15_000_000
const spare = 8

export function VirtualRows({ count, rowHeight, active, top, onTop, onView, row }: VirtualRowsProps) {
  const element = useRef<HTMLDivElement>(null)
  const [scrolled, setScrolled] = useState(top)
  const [view, setView] = useState(600)
  const whole = count * rowHeight
  const height = Math.min(whole, mostPixels)
  // Beyond the limit a pixel of the bar stands for several.
  const scale = whole > height ? (whole - view) / (height - view) : 1
  const drawn = Math.ceil(view / rowHeight) + 1 + 2 * spare
  const from = Math.max(0, Math.min(Math.floor((scrolled * scale) / rowHeight) - spare, count - drawn))
  const to = Math.min(count, from + drawn)

  useLayoutEffect(() => {
    const box = element.current
    if (box === null) return
    box.scrollTop = top
    const measured = new ResizeObserver(() => setView(box.clientHeight))
    measured.observe(box)
    return () => measured.disconnect()
  }, [])

  useLayoutEffect(() => {
    const box = element.current
    if (box === null || active < 0) return
    const [upper, lower] = [active * rowHeight, (active + 1) * rowHeight]
    const seen = box.scrollTop * scale
    if (upper < seen) box.scrollTop = upper / scale
    else if (lower > seen + box.clientHeight) box.scrollTop = (lower - box.clientHeight) / scale
  }, [active, count])

  useLayoutEffect(() => onView(from, to), [from, to, count])

  const scroll = () => {
    const now = element.current?.scrollTop ?? 0
    setScrolled(now)
    onTop(now)
  }
  const shift = scrolled - (scrolled * scale - from * rowHeight)
  return (
    <div class="virtual" ref={element} onScroll={scroll} tabIndex={-1} role="rowgroup">
      <div class="virtual-whole" style={{ height: `${height}px` }} role="presentation">
        <div class="virtual-part" style={{ transform: `translateY(${shift}px)` }} role="presentation">
          {Array.from({ length: Math.max(0, to - from) }, (_, at) => row(from + at, (from + at) % drawn))}
        </div>
      </div>
    </div>
  )
}
