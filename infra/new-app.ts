/** The CDK app that stacks are made in: for deploying, for the tests, and for the picture. */
import { App, type AppProps } from 'aws-cdk-lib'
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api'

/** Every behaviour that CDK recommends to new projects: what cdk.json would list in 90 lines. Context of the command line goes before. */
export function newApp({ context, ...props }: AppProps = {}): App {
  return new App({ ...props, context: { ...CURRENTLY_RECOMMENDED_FLAGS, ...context } })
}
