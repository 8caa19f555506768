import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings, settingNames } from '../../infra/settings.ts'

test('none of them has to be set', () => {
  expect(readSettings({})).toEqual({
    stackName: 'Itemwise',
    claudeAccess: 'key',
    workDays: 90,
    oldFileDays: 30,
    tags: {},
    deletionProtection: true,
    removeOnDelete: false,
    logDays: 90,
    mapConcurrency: 100,
    processTimeoutSeconds: 900,
    processMemoryMb: 1024,
    runTimeoutHours: 168,
    reservedConcurrency: {},
    apiRequestsPerSecond: 20,
    failedSharePercent: 10,
    throttlesPerFiveMinutes: 100,
    spendUsdPerHour: 25,
  })
})

test('text of the command line is read as what it stands for', () => {
  const said = {
    mapConcurrency: '8',
    removeOnDelete: 'true',
    reservedConcurrency: '{"process":5}',
    spendUsdPerHour: '0.5',
    tags: '{"team":"content"}',
  }
  expect(readSettings(said)).toMatchObject({
    mapConcurrency: 8,
    removeOnDelete: true,
    deletionProtection: false,
    reservedConcurrency: { process: 5 },
    spendUsdPerHour: 0.5,
    tags: { team: 'content' },
  })
})

test('everything that is wrong is told at once, each with what was expected', () => {
  const said = { mapConcurency: '8', logDays: '8', claudeAccess: 'iam', account: '12', reservedConcurrency: '{' }
  expect(() => readSettings(said)).toThrow(/mapConcurency.*Did you mean mapConcurrency\?/)
  expect(() => readSettings(said)).toThrow(/logDays/)
  expect(() => readSettings(said)).toThrow(/account.*12 digits/)
  expect(() => readSettings(said)).toThrow(/reservedConcurrency.*JSON/)
})

test('iam needs the workspace, and an account its region', () => {
  expect(() => readSettings({ claudeAccess: 'iam' })).toThrow(/anthropicWorkspaceId.*wrkspc_/)
  expect(() => readSettings({ account: '123456789012' })).toThrow(/account and region/)
})

test('a bucket is adopted with its table, never one without the other', () => {
  for (const said of [{ bucketName: 'mine' }, { tableName: 'mine' }])
    expect(() => readSettings(said)).toThrow(/bucketName and tableName are set together/)
  expect(readSettings({ bucketName: 'mine', tableName: 'mine' })).toMatchObject({
    bucketName: 'mine',
    tableName: 'mine',
  })
})

test.each([
  ['tags', '{team: x}', /Expected an object such as \{"team": "content"\}/],
  ['topicKeyArn', 'alias/mine', /ARN of a KMS key/],
  ['permissionsBoundaryArn', 'Boundary', /ARN of a policy/],
  ['bucketName', 'Mine', /name of a bucket/],
])('%s %s is refused', (name, value, message) => {
  expect(() => readSettings({ [name]: value })).toThrow(message)
})

test("CDK's own names are left alone", () => {
  expect(readSettings({ '@aws-cdk/aws-iam:minimizePolicies': true, 'aws:cdk:bundling-stacks': ['**'] })).toEqual(
    readSettings({}),
  )
})

test('the guide lists every setting', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/aws.md'), 'utf8')
  const listed = [...guide.matchAll(/^\| (`[a-z]\w*`(?:, `\w+`)*) \|/gm)].flatMap(([, names]) =>
    names!.replaceAll('`', '').split(', '),
  )
  expect(listed.sort()).toEqual(settingNames.toSorted())
})
