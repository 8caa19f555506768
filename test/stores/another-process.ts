/**
 * A second process for the tests of the folder store: `node another-process.ts <workspace> <act>`.
 * `create` makes a version and prints its name; `hold` keeps an answer in a new version and waits to be killed;
 * a fault point kills itself there while it keeps an answer; `change:<field>` changes this field of v0's record 40 times and prints
 * how often it was not what it had written.
 */
import { FolderStore } from '../../stores/folder.ts'
import { answered, newVersion } from './samples.ts'

const [workspace = '', act = ''] = process.argv.slice(2)
const store = new FolderStore(workspace, {
  fault: (point) => {
    if (point === act) process.kill(process.pid, 'SIGKILL')
  },
})
if (act === 'metadata:temp-written') await store.updateVersion({ pipeline: 'poems', version: 'v0' }, { notes: 'lost' })
if (act.startsWith('change:')) {
  console.log(await changes(act.slice('change:'.length)))
  process.exit()
}
const { ref } = await store.createVersion('poems', (version) => newVersion(version))
if (act !== 'create') {
  const keeper = await store.keeper(ref, 1)
  await keeper.keepPrompt('4001', 'Write a poem.')
  await keeper.keep(answered(1))
}
console.log(ref.version)
if (act !== 'create') setInterval(() => {}, 1000)

async function changes(field: string): Promise<number> {
  const v0 = { pipeline: 'poems', version: 'v0' }
  let lost = 0
  for (let at = 1; at <= 40; at++) {
    await store.updateVersion(v0, { [field]: String(at) })
    const { metadata } = (await store.version(v0))!
    if (metadata[field as 'notes'] !== String(at)) lost += 1
  }
  return lost
}
