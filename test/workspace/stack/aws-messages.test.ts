import { describe, expect, test } from 'vitest'
import { RequestRefused, StoreUnwritable } from '../../../core/errors.ts'
import { inWords } from '../../../workspace/stack/aws-messages.ts'

interface Thrown {
  name?: string
  code?: string
  message?: string
  status?: number
}

/** An error as the SDK throws it. */
function awsError({ name = 'Error', code, message = '', status = 400 }: Thrown): Error {
  return Object.assign(new Error(message), { name, ...(code && { code }), $metadata: { httpStatusCode: status } })
}

describe('trouble with AWS is one sentence with the way out', () => {
  test.each<[Thrown, RegExp]>([
    [
      { name: 'ExpiredToken', message: 'The security token included in the request is expired' },
      /credentials have expired\. Sign in again/,
    ],
    [{ name: 'InvalidClientTokenId' }, /AWS does not know these credentials/],
    [
      { name: 'AccessDenied', message: 'User: x is not authorized to perform: s3:GetObject.' },
      /AWS denies this to your credentials \(User: x is not authorized to perform: s3:GetObject\)\. Ask for the permissions in docs\/aws\.md/,
    ],
    [{ name: 'PermanentRedirect', status: 301 }, /bucket of the stack is in another region/],
    [{ name: 'NoSuchBucket', message: 'gone' }, /no longer exists \(gone\)/],
    [{ name: 'ThrottlingException' }, /Try again in a minute/],
    [
      { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:9' },
      /AWS cannot be reached \(connect ECONNREFUSED/,
    ],
    [{ name: 'Strange', message: 'Odd.' }, /AWS refused the request \(Strange: Odd\)/],
  ])('%j', (thrown, words) => {
    const error = inWords(awsError(thrown)) as RequestRefused
    expect(error).toBeInstanceOf(RequestRefused)
    expect(error.problems).toHaveLength(1)
    expect(error.problems[0]).toMatch(words)
  })

  test('credentials and a region that are missing', () => {
    const none = Object.assign(new Error('Could not load credentials from any providers'), {
      name: 'CredentialsProviderError',
    })
    expect((inWords(none) as Error).message).toMatch(/^There are no AWS credentials\. Sign in again/)
    expect((inWords(new Error('Region is missing')) as Error).message).toMatch(/^No AWS region is set\. Set AWS_REGION/)
  })
})

test('what is ours, or nobody knows, stays as it is', () => {
  const ours = new StoreUnwritable('Cannot write a.', { cause: awsError({ name: 'AccessDenied' }) })
  const other = new TypeError('x is not a function')
  expect([inWords(ours), inWords(other), inWords('text')]).toEqual([ours, other, 'text'])
})
