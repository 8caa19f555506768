/** A shop that has its products described: what the pictures of the guide show. */
import { promptOf } from '../anthropic-server/answer.ts'
import { Story } from '../stories/story.ts'

const products = [
  [
    'Kettle',
    'steel, 1.7 l, switches itself off',
    'Boils 1.7 litres in under four minutes and switches itself off. The steel keeps its shine.',
    'kitchen',
    4,
  ],
  [
    'Desk lamp',
    'LED, three colours of light, arm of 40 cm',
    'Three colours of light for reading, drawing and late evenings. The arm reaches 40 cm.',
    'office',
    5,
  ],
  [
    'Rain jacket',
    'recycled nylon, sizes XS to XXL',
    'Made of recycled nylon, and light enough for a pocket. Keeps out a day of **heavy** rain.',
    'outdoor',
    5,
  ],
  [
    'Notebook',
    'A5, 160 pages, dotted',
    'Pages of 100 g that ink does not bleed through. Dotted, so that text and sketches both fit.',
    'office',
    3,
  ],
  [
    'Bike light',
    'USB-C, 12 hours',
    'Twelve hours of light, and full again within one. Clips on without tools.',
    'outdoor',
    4,
  ],
  [
    'Baking tin',
    'enamel, 30 cm',
    'Enamel that nothing sticks to, in the size of a whole loaf. Goes into the dishwasher.',
    'kitchen',
    2,
  ],
  [
    'Water bottle',
    '0.75 l, keeps cold for 24 h',
    'Cold for a day, warm for half of one. Fits every holder of a bike.',
    'outdoor',
    5,
  ],
  [
    'Headphones',
    'over-ear, 35 hours',
    'Thirty-five hours between two charges, and quiet enough to hear yourself think.',
    'office',
    4,
  ],
  [
    'Chopping board',
    'oak, 40 × 25 cm',
    'One piece of oak, oiled by hand. The groove keeps the juice of a tomato on the board.',
    'kitchen',
    5,
  ],
  [
    'Tent',
    'two people, 1.9 kg',
    'Up in three minutes, also in the wind. Two people sleep in it, and 1.9 kg carry it there.',
    'outdoor',
    4,
  ],
] as const

const step = {
  prompt_name: 'describe',
  input_file: 'inputs/products.json',
  batch_output_id_field: 'nr',
  output_file: 'descriptions.json',
  output_schema: {
    type: 'object',
    additionalProperties: false,
    required: ['headline', 'text', 'shelf', 'confidence'],
    properties: {
      headline: { type: 'string' },
      text: { type: 'string' },
      shelf: { enum: ['kitchen', 'office', 'outdoor'] },
      confidence: { type: 'integer' },
    },
  },
}

const template =
  'Describe a product for our shop, in two sentences that a customer can check.\n\n- Name: {name}\n- Facts: {facts}\n\nPromise nothing that the facts do not say.'

export const betterTemplate = `${template}\nName every number that the facts have.`

/** The files of a workspace in which `pipelines/shop.json` has the products described. */
export function shopFiles(pipeline_name: string): Record<string, unknown> {
  return {
    'inputs/products.json': products.map(([name, facts], at) => ({ id: `P-${101 + at}`, name, facts })),
    'prompts/describe.md': template,
    'pipelines/shop.json': { pipeline_name, notes: 'Texts for the spring shop', steps: [step] },
  }
}

/** With the products described in v0. */
export async function beginShop(): Promise<Story> {
  const story = await Story.begin(shopFiles('shop_texts'), { answer: ({ body }) => answerTo(promptOf(body)) })
  await story.run('run', 'pipelines/shop.json')
  return story
}

export function answerTo(prompt: string, change: (text: string) => string = (text) => text): string {
  const [name, , text, shelf, confidence] = products.find(([one]) => prompt.includes(`Name: ${one}\n`)) ?? products[0]
  return JSON.stringify({
    headline: `${name}: ${change(text).split(/[.,]/)[0]}`,
    text: change(text),
    shelf,
    confidence,
  })
}
