/** What `doctor` looks at in a folder beyond its versions. */
export { FolderLeftovers } from './folder/leftovers.ts'
