/** How many Lambdas a run asks for at once: no more than there are, and never all that the account has. */
import type { LambdaLimits } from './events.ts'

/**
 * What is reserved for `process` is for runs alone. Of the account's own, a tenth and at least two are left to the other stages,
 * to the API and to whatever else runs there: a new account has ten. Infinity if neither is known.
 */
export function lambdasFor({ reserved, unreserved }: LambdaLimits): number {
  if (reserved !== undefined) return Math.max(1, reserved)
  if (unreserved === undefined) return Number.POSITIVE_INFINITY
  return Math.max(1, unreserved - Math.max(2, Math.ceil(unreserved / 10)))
}
