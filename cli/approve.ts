/** `itemwise approve <pipeline> <ids…>` */
import { saying } from './say.ts'

export const approve = saying('approve')
