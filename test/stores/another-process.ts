/**
 * A second process for the tests of the folder store: `node another-process.ts <workspace> <act>`.
 * `create` makes a version and prints its name; `hold` keeps an answer in a new version and waits to be killed;
 * a fault point kills itself there while it keeps an answer.
 */
import { FolderStore } from '../../stores/folder.ts'
import { answered, newVersion } from './samples.ts'

const [workspace = '', act = ''] = process.argv.slice(2)
const store = new FolderStore(workspace, {
  fault: (point) => {
    if (point === act) process.kill(process.pid, 'SIGKILL')
  },
})
const { ref } = await store.createVersion('poems', (version) => newVersion(version))
if (act !== 'create') {
  const keeper = await store.keeper(ref, 1)
  await keeper.keepPrompt('4001', 'Write a poem.')
  await keeper.keep(answered(1))
}
console.log(ref.version)
if (act !== 'create') setInterval(() => {}, 1000)
