/** Why an execution failed, in words. */

/** What a Lambda throws comes as JSON ({errorType, errorMessage, trace}); what a Fail state says as it is. */
export function causeText(cause: string | null | undefined): string | null {
  if (!cause) return null
  try {
    const { errorMessage } = JSON.parse(cause)
    return typeof errorMessage === 'string' && errorMessage !== '' ? errorMessage : cause
  } catch {
    return cause
  }
}
