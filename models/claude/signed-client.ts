/** The client of Claude Platform on AWS: requests are signed with the role's credentials instead of carrying a key. */
import { AnthropicAws } from '@anthropic-ai/aws-sdk'
import type { BaseAnthropic } from '@anthropic-ai/sdk/client'
import type { CommonOptions } from './client-api.ts'

/**
 * Region, workspace and credentials come from the environment: AWS_REGION, ANTHROPIC_AWS_WORKSPACE_ID and what the AWS SDK
 * finds. Throws where the workspace is missing.
 */
export function signedClient(options: CommonOptions): BaseAnthropic {
  return new AnthropicAws(options)
}
