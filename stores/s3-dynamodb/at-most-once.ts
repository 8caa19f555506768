/** A change that must not be made twice: the SDK tries again also where AWS made it and only the answer was lost. */
import type { UpdateCommand } from '@aws-sdk/lib-dynamodb'

/** Nobody knows whether AWS made the change. Without the cause, in which the SDK would find a reason to try again. */
export class Unsure extends Error {
  override readonly name = 'Unsure'
}

/** The command, tried again only after AWS has refused it, or was not reached. Otherwise it fails with Unsure. */
export function atMostOnce(command: UpdateCommand): UpdateCommand {
  command.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args)
      } catch (error) {
        if (wasRefused(error)) throw error
        throw new Unsure(error instanceof Error ? error.message : String(error))
      }
    },
    // Within the middleware that tries again, which stands at `high`. A document command hands its stack on twice.
    { step: 'finalizeRequest', priority: 'low', name: 'atMostOnce', override: true },
  )
  return command
}

function wasRefused(error: unknown): boolean {
  const { $metadata, code = '' } = error as { $metadata?: { httpStatusCode?: number }; code?: string }
  const status = $metadata?.httpStatusCode
  if (status !== undefined) return status >= 400 && status < 500
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code)
}
