// Runs in the page that is measured, before its own scripts: sees when rows are shown, and tasks of more than 50 ms.
const tasks = []
const observer = new PerformanceObserver((list) => take(list.getEntries()))
observer.observe({ type: 'longtask', buffered: true })
let typed = 0
addEventListener('input', () => (typed = performance.now()), true)

function take(entries) {
  for (const { duration } of entries) tasks.push(duration)
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
const text = (selector) => document.querySelector(selector)?.textContent ?? ''

/** Whether the rows that are in view are drawn, or it is said that there are none. */
function areShown() {
  const isThere = text('.row .cell-id') !== '' || document.querySelector('.nothing') !== null
  return text('.total') !== '' && isThere && document.querySelector('.bone') === null
}

/** The time of the frame behind the one that draws the rows, in ms since the navigation. */
async function shown() {
  for (await frame(); !areShown(); ) await frame()
  return frame()
}

globalThis.watched = {
  shown,
  /** From what was typed last to the rows that it finds, in ms. */
  async found(wanted) {
    while (new URLSearchParams(location.hash.split('?')[1]).get('text') !== wanted) await frame()
    return (await shown()) - typed
  },
  /** Scrolls through all rows, in so many frames; how long its long tasks took, and how long the rows at its end, in ms. */
  async scrolled(frames) {
    take(observer.takeRecords())
    tasks.length = 0
    const box = document.querySelector('.virtual')
    const most = box.scrollHeight - box.clientHeight
    for (let at = 1; at <= frames; at++) {
      box.scrollTop = (most * at) / frames
      await frame()
    }
    const ended = performance.now()
    const end = (await shown()) - ended
    // What took long is told a little later.
    await new Promise((resolve) => setTimeout(resolve, 300))
    take(observer.takeRecords())
    return { tasks: tasks.splice(0), end }
  },
}
