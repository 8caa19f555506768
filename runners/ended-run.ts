/** What a run on AWS ended with, as the error that the local runner would throw. */
import {
  BudgetReached,
  ModelUnavailable,
  NothingToDo,
  PartsMissing,
  RequestRefused,
  RunFailed,
  RunInterrupted,
  StoreUnwritable,
  VersionBusy,
  WriterReplaced,
} from '../core/errors.ts'

const errors = {
  ModelUnavailable,
  NothingToDo,
  PartsMissing,
  RunFailed,
  RunInterrupted,
  StoreUnwritable,
  VersionBusy,
  WriterReplaced,
}

/** Whether an execution ended with an error that Itemwise throws, and not one of the machine or of Lambda. */
export function isOurs(name: string | null): boolean {
  return name !== null && (name in errors || name === 'RequestRefused' || name === 'BudgetReached')
}

export interface Ended {
  /** The error's name. */
  name: string
  message: string
  /** Of the version, if it has a limit. */
  account: { limit_usd: number | null; spent_usd: number } | null
}

/** The error by its name: a name that is not ours (States.Runtime, a Lambda's) is a run that failed. */
export function errorOf({ name, message, account }: Ended): Error {
  if (name === 'RequestRefused') return new RequestRefused(message.split('\n'))
  if (name === 'BudgetReached')
    return new BudgetReached(message, { limit_usd: account?.limit_usd ?? 0, spent_usd: account?.spent_usd ?? 0 })
  const OurError = errors[name as keyof typeof errors] ?? RunFailed
  return new OurError(message)
}
