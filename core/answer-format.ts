/** In which format a step's answers are kept. */
export const answerFormats = ['json', 'text'] as const
export type AnswerFormat = (typeof answerFormats)[number]

/** The field by which later steps use a text answer: `{text}`. */
export const textField = 'text'

interface OutputOf {
  batch_mode: boolean
  output_file: string
}

/** Whether the output is a text file: only a single call's, if its name ends in .md or .txt. */
export function isTextOutput({ batch_mode, output_file }: OutputOf): boolean {
  return !batch_mode && /\.(md|txt)$/i.test(output_file)
}

/** The format of a step's answers. A version made before there were formats has JSON, but for its text files. */
export function answerFormat(step: OutputOf & { answer_format?: AnswerFormat | undefined }): AnswerFormat {
  return isTextOutput(step) ? 'text' : (step.answer_format ?? 'json')
}
