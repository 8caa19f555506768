/** What can be set about a deployment, in cdk.json's context or by `-c name=value`. None of it has to be. */
import * as z from 'zod'
import { didYouMean, nearest } from '../core/text/nearest.ts'
import { stages } from './definition.ts'

/** On the command line every value is text: `-c alarmEmail=…`, `-c logDays=90`, `-c removeOnDelete=true`. */
const number = z.coerce.number()
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
const stageLimits = written(z.partialRecord(z.enum([...stages, 'api']), z.int().min(1)), '{"process": 100}')
const named = written(z.record(z.string().min(1).max(128), z.string().max(256)), '{"team": "content"}')

/** What CloudWatch can keep logs for, in days. */
const logDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653] as const

export const settings = z
  .strictObject({
    stackName: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'expected letters, digits and hyphens, beginning with a letter')
      .default('Itemwise'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'expected the 12 digits of an AWS account')
      .optional()
      .describe('Only if it is to be fixed.'),
    region: z.string().min(1).optional().describe('Only if it is to be fixed.'),

    claudeAccess: z.enum(['key', 'iam']).default('key').describe("How Lambdas sign in: a key of Anthropic's, or IAM."),
    anthropicWorkspaceId: z.string().min(1).optional().describe('Needed with iam: wrkspc_…'),
    anthropicBaseUrl: z.url().optional().describe('Another address of the API; for tests.'),

    workDays: number
      .pipe(z.int().min(7))
      .default(90)
      .describe('Days after which the plan and journal of a version may go.'),
    bucketName: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket')
      .optional()
      .describe('A bucket that is there already, with its tableName.'),
    tableName: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{3,255}$/, 'expected the name of a table')
      .optional()
      .describe('The table that goes with bucketName.'),
    oldFileDays: number
      .pipe(z.int().min(0).max(3650))
      .default(30)
      .describe('Days that overwritten and deleted files can be brought back; 0: the bucket keeps none.'),
    deletionProtection: flag.default(true).describe('Of the table and of the stack.'),
    removeOnDelete: flag.default(false).describe('Deleting the stack deletes the bucket (if empty) and the table.'),
    logDays: number.pipe(z.literal(logDays)).default(90),

    mapConcurrency: number.pipe(z.int().min(1).max(1000)).default(100).describe('Most chunks at once.'),
    processTimeoutSeconds: number.pipe(z.int().min(3).max(900)).default(900),
    processMemoryMb: number.pipe(z.int().min(512).max(10_240)).default(1024),
    runTimeoutHours: number.pipe(z.number().gt(0).max(8760)).default(168),
    reservedConcurrency: stageLimits
      .default({})
      .describe('Of a Lambda: {"process": 100}. Default: what the account has.'),
    apiRequestsPerSecond: number.pipe(z.int().min(1)).default(20),

    tags: named.default({}).describe('Of everything in the stack: {"team": "content"}.'),
    permissionsBoundaryArn: z
      .string()
      .regex(/^arn:[\w-]+:iam::[^:]*:policy\/.+$/, 'expected the ARN of a policy')
      .optional()
      .describe('Of every role in the stack.'),
    topicKeyArn: z
      .string()
      .regex(/^arn:[\w-]+:kms:[^:]+:[^:]*:key\/.+$/, 'expected the ARN of a KMS key')
      .optional()
      .describe('Encrypts the messages of the topics.'),

    alarmEmail: z.email().optional().describe('Subscribed to the topic of the alarms.'),
    failedSharePercent: number.pipe(z.number().gt(0).max(100)).default(10),
    throttlesPerFiveMinutes: number.pipe(z.int().min(1)).default(100),
    spendUsdPerHour: number.pipe(z.number().gt(0)).default(25),
  })
  .refine(({ claudeAccess, anthropicWorkspaceId }) => claudeAccess === 'key' || anthropicWorkspaceId !== undefined, {
    message: 'With claudeAccess iam the workspace has to be said: set anthropicWorkspaceId to its id (wrkspc_…).',
    path: ['anthropicWorkspaceId'],
  })
  .refine(({ account, region }) => (account === undefined) === (region === undefined), {
    message: 'account and region are set together, or neither.',
    path: ['account'],
  })
  .refine(({ bucketName, tableName }) => (bucketName === undefined) === (tableName === undefined), {
    message: 'bucketName and tableName are set together, or neither: the versions of a workspace are in both.',
    path: ['bucketName'],
  })
  .transform((said) => ({ ...said, deletionProtection: said.deletionProtection && !said.removeOnDelete }))

export type Settings = z.output<typeof settings>

export const settingNames = Object.keys(settings.in.shape)

/**
 * Reads the settings from CDK's context, which also holds CDK's own names: other names are left alone, unless they look like
 * one of ours mistyped. Throws an error that names everything that is wrong.
 */
export function readSettings(context: Record<string, unknown>): Settings {
  const names = Object.keys(context)
  const mistyped = names.filter((name) => !settingNames.includes(name) && looksLikeOurs(name))
  const said = Object.fromEntries(Object.entries(context).filter(([name]) => settingNames.includes(name)))
  const parsed = settings.safeParse(said)
  const problems = [
    ...mistyped.map((name) => `There is no setting ${name}.${didYouMean(name, settingNames)}`),
    ...(parsed.error?.issues ?? []).map(
      ({ path, message }) =>
        `The setting ${path.join('.')} (${JSON.stringify(said[path[0] as string])}) is wrong: ${message}`,
    ),
  ]
  if (problems.length > 0 || !parsed.success) throw new Error(problems.join('\n'))
  return parsed.data
}

function looksLikeOurs(name: string): boolean {
  return /^\w+$/.test(name) && nearest(name, settingNames).length > 0
}

/** An object, or its JSON. */
function written<T extends z.ZodType>(schema: T, example: string) {
  return z.preprocess((value, context) => (typeof value === 'string' ? jsonIn(value, example, context) : value), schema)
}

function jsonIn(text: string, example: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: `${text} is no JSON. Expected an object such as ${example}.` })
    return z.NEVER
  }
}
