/**
 * The CDK app of the tests: a stack for each of the settings in ITEMWISE_TEST_SETTINGS, of one bundle. It leaves out cdk-nag and CDK's own
 * validation, which take four fifths of the time of infra/app.ts: test/infra/app.slow.test.ts asks for both.
 */
import { newApp } from '../../infra/new-app.ts'
import { readSettings } from '../../infra/settings.ts'
import { Itemwise } from '../../infra/stack.ts'

const app = newApp({ builtinCloudFormationValidation: false })
for (const said of JSON.parse(process.env.ITEMWISE_TEST_SETTINGS ?? '[]')) {
  const settings = readSettings(said)
  const { stackName, account, region } = settings
  new Itemwise(app, stackName, { settings, ...(account === undefined ? {} : { env: { account, region } }) })
}
