import { expect, test } from 'vitest'
import { DetachPrompt } from '../../../../cli/places/stack/detach-prompt.ts'
import { ProgressView } from '../../../../cli/progress-view.ts'
import { fakeTerminal } from '../../fake-terminal.ts'

/** A terminal on which each question waits for its answer. */
class Person {
  said = ''
  readonly answers: ((line: string) => void)[] = []
  aborted = 0

  prompt(watched = true): DetachPrompt {
    const terminal = fakeTerminal({
      note: (text) => {
        this.said += text
      },
    })
    const ask = () => new Promise<string>((resolve) => this.answers.push(resolve))
    const view = new ProgressView(terminal, { verbose: false })
    const abort = async () => {
      this.aborted += 1
    }
    return new DetachPrompt({ view, ask: watched ? ask : null, abort })
  }

  async answer(line: string): Promise<void> {
    this.answers.at(-1)!(line)
    await new Promise((done) => setImmediate(done))
  }
}

const ctrlC = () => void process.emit('SIGINT')

test('Ctrl-C asks; Enter watches on, and what happened meanwhile is shown then', async () => {
  const person = new Person()
  const prompt = person.prompt()
  ctrlC()
  prompt.report({ type: 'message', level: 'info', text: 'Meanwhile.' })
  expect(person.said).toBe('')
  await person.answer('')
  expect([person.said, prompt.signal.aborted, person.aborted]).toEqual(['Meanwhile.\n', false, 0])
  prompt.end()
})

test('l leaves the run running', async () => {
  const person = new Person()
  const prompt = person.prompt()
  ctrlC()
  await person.answer('l')
  expect([prompt.signal.aborted, person.aborted]).toEqual([true, 0])
  prompt.end()
})

test('a aborts the run and watches it end', async () => {
  const person = new Person()
  const prompt = person.prompt()
  ctrlC()
  await person.answer('a')
  expect([prompt.signal.aborted, person.aborted]).toEqual([false, 1])
  expect(person.said).toContain('Stopping the run: no new calls')
  prompt.end()
})

test('a second Ctrl-C, while the question stands or the run is stopping, leaves', async () => {
  const person = new Person()
  const prompt = person.prompt()
  ctrlC()
  ctrlC()
  expect(prompt.signal.aborted).toBe(true)
  prompt.end()

  const stopping = person.prompt()
  ctrlC()
  await person.answer('a')
  ctrlC()
  expect(stopping.signal.aborted).toBe(true)
  stopping.end()
})

test('where nobody can be asked, Ctrl-C leaves, and so does SIGTERM', () => {
  const person = new Person()
  const prompt = person.prompt(false)
  ctrlC()
  expect(prompt.signal.aborted).toBe(true)
  prompt.end()
  const told = person.prompt()
  process.emit('SIGTERM')
  expect([told.signal.aborted, person.answers.length]).toEqual([true, 0])
  told.end()
})

test('a run that ends while the question stands takes it away, and shows how it ended', async () => {
  const person = new Person()
  const prompt = person.prompt()
  ctrlC()
  prompt.report({ type: 'message', level: 'info', text: 'The last step is done.' })
  prompt.end()
  expect(person.said).toBe('The last step is done.\n')
  await person.answer('a')
  expect([prompt.signal.aborted, person.aborted]).toEqual([false, 0])
})
