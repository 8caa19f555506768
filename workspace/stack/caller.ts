/** Who the credentials of this process are, as AWS says. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Caller } from '../../core/documents.ts'

/** Longest wait: nobody waits for a name. */
const mostMs = 5000

/** Null if AWS does not say: a run that is paid for does not fail because of a name. */
export async function callerOnAws(region?: string): Promise<Caller | null> {
  const client = new STSClient({ maxAttempts: 2, ...(region !== undefined && { region }) })
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(mostMs) })
    return Arn === undefined ? null : { arn: Arn, self_reported: true }
  } catch {
    return null
  }
}
