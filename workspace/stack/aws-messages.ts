/** Says in one sentence what AWS refused and what to do. It knows errors by name and code, so that the SDK is not loaded. */
import { RequestRefused } from '../../core/errors.ts'

/** A kind of error: how it is recognised, and its sentence. `said`: what AWS said. */
interface Trouble {
  known: RegExp
  sentence: (said: string) => string
}

const renew = 'Sign in again (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'

const troubles: Trouble[] = [
  {
    known: /CredentialsProviderError|Could not load credentials|NoAuthHandlerFound/,
    sentence: () => `There are no AWS credentials. ${renew}`,
  },
  {
    known: /ExpiredToken|ExpiredTokenException|TokenRefreshRequired|token.*expired/i,
    sentence: () => `The AWS credentials have expired. ${renew}`,
  },
  {
    known: /UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignature/,
    sentence: () => `AWS does not know these credentials. ${renew}`,
  },
  {
    known: /AccessDenied|AuthorizationError|UnauthorizedOperation|Forbidden/,
    sentence: (said) =>
      `AWS denies this to your credentials${said === '' ? '' : ` (${said})`}. Ask for the permissions in docs/aws.md, or choose other credentials with AWS_PROFILE.`,
  },
  {
    known: /Region is missing|ConfigError.*region/i,
    sentence: () => 'No AWS region is set. Set AWS_REGION, or region in the AWS profile, to where the stack is.',
  },
  {
    known: /PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint/,
    sentence: () => 'The bucket of the stack is in another region. Set AWS_REGION to where the stack is.',
  },
  {
    known: /NoSuchBucket|ResourceNotFoundException|StateMachineDoesNotExist/,
    sentence: (said) =>
      `Part of the stack no longer exists (${said}). Deploy it again with \`npx cdk deploy\`, or name another with --stack.`,
  },
  {
    known:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ECONNRESET|ETIMEDOUT|TimeoutError|NetworkingError/,
    sentence: (said) => `AWS cannot be reached (${said}). Check the network, AWS_REGION and AWS_ENDPOINT_URL.`,
  },
  {
    known: /Throttl|TooManyRequests|SlowDown|ProvisionedThroughput|RequestLimitExceeded/,
    sentence: () => 'AWS accepts no more requests of this kind right now. Try again in a minute.',
  },
]

/** The error in a sentence if it comes from AWS; any other error as it is. */
export function inWords(error: unknown): unknown {
  if (!fromAws(error)) return error
  const texts = chain(error).map((one) => `${one.name} ${(one as { code?: string }).code ?? ''} ${one.message}`)
  const trouble = troubles.find(({ known }) => texts.some((text) => known.test(text)))
  if (trouble !== undefined) return new RequestRefused([trouble.sentence(said(error))], { cause: error })
  return new RequestRefused([`AWS refused the request (${error.name}: ${said(error)}). --verbose shows more.`], {
    cause: error,
  })
}

/**
 * Errors of the SDK carry $metadata, or come from its providers of credentials and settings, or from the network. Ours, which
 * may have such a cause, say themselves what to do.
 */
function fromAws(error: unknown): error is Error {
  return (
    error instanceof Error &&
    ('$metadata' in error ||
      error.name === 'CredentialsProviderError' ||
      /^Region is missing/.test(error.message) ||
      /^(ENOTFOUND|EAI_AGAIN|ECONN|ENET|EHOST|ETIMEDOUT)/.test((error as { code?: string }).code ?? ''))
  )
}

function chain(error: unknown): Error[] {
  const found: Error[] = []
  for (let one = error; one instanceof Error && found.length < 10; one = one.cause) {
    found.push(one)
    if (one instanceof AggregateError) found.push(...one.errors.filter((inner) => inner instanceof Error))
  }
  return found
}

/** What AWS said, on one line and without a full stop. */
function said({ message, name }: Error): string {
  return (message || name)
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
}
