/** The workspace of a story as a program opens it, with the loopback API. */
import { openWorkspace, type Workspace } from '../../index.ts'
import type { Story } from '../stories/story.ts'

export function opened(story: Story): Workspace {
  return openWorkspace(story.root, { apiKey: story.server.key, baseURL: story.server.url })
}
