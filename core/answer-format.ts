/** In which format a step's answers are kept. */
import type { ResolvedStep } from './documents.ts'

export const answerFormats = ['json', 'text'] as const
export type AnswerFormat = (typeof answerFormats)[number]

/** The field of a text answer, by which later steps take it: `{text}`. */
export const textField = 'text'

type OutputOf = Pick<ResolvedStep, 'batch_mode' | 'output_file'>

/** Whether the output is a text file: only a single call's, if its name ends in .md or .txt. */
export function isTextOutput({ batch_mode, output_file }: OutputOf): boolean {
  return !batch_mode && /\.(md|txt)$/i.test(output_file)
}

/** The format of a step's answers. A version made before there were formats has JSON, but for its text files. */
export function answerFormat(step: OutputOf & Pick<ResolvedStep, 'answer_format'>): AnswerFormat {
  return isTextOutput(step) ? 'text' : (step.answer_format ?? 'json')
}
