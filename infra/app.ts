/** The CDK app: `npx cdk deploy` puts Itemwise on AWS. */
import { Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { newApp } from './new-app.ts'
import { readSettings } from './settings.ts'
import { Itemwise } from './stack.ts'

const app = newApp()
const settings = readSettings(app.node.getAllContext())
const { stackName, account, region } = settings
new Itemwise(app, stackName, {
  settings,
  description: 'Itemwise: runs prompts over the items of an array with Claude',
  // Without an account the template fits any, and nothing has to be looked up for it.
  ...(account === undefined ? {} : { env: { account, region } }),
})
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
