/** The floor: what one would write oneself in twenty lines. The raw SDK, p-limit, one file an answer; no prompts, ledger, versions or collated array. */
import { mkdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import pLimit from 'p-limit'

const [workspace = '', folder = '', concurrency = '64'] = process.argv.slice(2)
const items: { id: number; title: string; text: string }[] = JSON.parse(
  readFileSync(join(workspace, 'inputs/items.json'), 'utf8'),
)
const template = readFileSync(join(workspace, 'prompts/summary.md'), 'utf8')
const client = new Anthropic()
const limit = pLimit(Number(concurrency))

mkdirSync(folder, { recursive: true })
await Promise.all(
  items.map((item) =>
    limit(async () => {
      const content = template.replace('{title}', () => item.title).replace('{text}', () => item.text)
      const message = await client.messages.create({
        model: 'claude-haiku-5-5',
        max_tokens: 4096,
        thinking: { type: 'disabled' },
        messages: [{ role: 'user', content }],
      })
      const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
      await writeFile(join(folder, `${item.id}.json`), JSON.stringify(JSON.parse(text), null, 2))
    }),
  ),
)
