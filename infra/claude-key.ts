/** The secret that holds the key of Anthropic's API. It has no value until a person puts one in, and no template ever holds it. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib'
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'

export class ClaudeKey extends Construct {
  readonly secretArn: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    // Not `Secret`: that one always has a generated value, which a Lambda would then send to Anthropic as a key.
    const secret = new CfnSecret(this, 'Secret', {
      description: 'Itemwise: key of the Anthropic API, as plain text (sk-ant-…)',
    })
    secret.applyRemovalPolicy(RemovalPolicy.DESTROY)
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'The key is made in the Anthropic Console, which AWS cannot rotate; docs/runbook.md says how to change it by hand.',
    })
    this.secretArn = secret.ref
  }
}
