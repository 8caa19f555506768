/** Before each file: names the stack of this worker, so that files which run side by side share nothing. */
const stacks = JSON.parse(process.env.ITEMWISE_TEST_STACKS ?? '[]')
process.env.ITEMWISE_TEST_STACK = JSON.stringify(stacks[Number(process.env.VITEST_POOL_ID) - 1] ?? null)
