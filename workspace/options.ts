/** How a program opens a workspace. */
import type { AnsweringModel } from '../core/model.ts'

/** How answers are made. */
export interface WorkspaceOptions {
  /** Answers by the stand-in instead of a model. Default: whether ITEMWISE_OFFLINE is 1. */
  offline?: boolean | undefined
  /** Default: ANTHROPIC_API_KEY. */
  apiKey?: string | undefined
  /** Default: ANTHROPIC_BASE_URL, else https://api.anthropic.com. */
  baseURL?: string | undefined
  /** A model of your own, instead of the API and the stand-in. */
  model?: AnsweringModel | undefined
  /**
   * Keeps the heap of this process small while runs are under way, as the command line does: a third less memory for 5 % more
   * processor time. It is a setting of V8, so it holds for all that the process does meanwhile. Default: false.
   */
  smallHeap?: boolean | undefined
}

/** A workspace on AWS. The stack has its own key for the API; the one here only counts tokens, which costs nothing. */
export interface StackOptions extends Omit<WorkspaceOptions, 'model' | 'smallHeap'> {
  /** The name of the stack. */
  stack: string
  /** Default: AWS_REGION, else what the AWS profile says. */
  region?: string | undefined
  /** A folder here whose files runs may name: those that a run needs are sent. Default: only the files in the bucket. */
  folder?: string | undefined
}
