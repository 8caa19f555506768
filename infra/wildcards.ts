/** Wildcards in permissions that have to be, each with its reason: cdk-nag complains about any other. */
import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** `reasons`: by the resource, an ARN with a wildcard in it. Holds for everything below `construct`. */
export function acknowledgeWildcards(construct: IConstruct, reasons: Record<string, string>): void {
  for (const [resource, reason] of Object.entries(reasons)) {
    const finding = flat(Stack.of(construct).resolve(resource))
    Validations.of(construct).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason })
  }
}

/** An ARN as cdk-nag spells it: `<StorageBucket5CB7C8EA.Arn>/outputs/*`. */
function flat(part: unknown): string {
  if (typeof part === 'string') return part
  const [name, value] = Object.entries(part as object)[0] as [string, unknown]
  if (name === 'Ref') return `<${value}>`
  if (name === 'Fn::GetAtt') return `<${(value as string[]).join('.')}>`
  const [separator, parts] = value as [string, unknown[]]
  return parts.map(flat).join(separator)
}
