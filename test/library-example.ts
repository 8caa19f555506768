import { runPipeline } from '../index.ts'

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

const { stats, outputs } = await runPipeline(
  {
    pipeline_name: 'riddles',
    steps: [
      { prompt_name: 'write_riddle', input_file: 'inputs/words.jsonl', batch_id_field: 'word' },
      { prompt_name: 'check_riddle' },
    ],
  },
  {
    workspace: 'my-prompts',
    offline: true, // without it: Claude, with the key of ANTHROPIC_API_KEY or of `apiKey`
    signal: stop.signal,
    onProgress: (event) => {
      if (event.type === 'item') console.log(`step ${event.step}, ${event.item_id}: ${event.state}`)
    },
  },
)

console.log(`${stats.processed} items, ${stats.failed} failed: ${outputs.join(', ')}`)
