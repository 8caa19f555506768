/** The port of `itemwise serve` if none is named. */
export const usualPort = 7411

/** The port of `itemwise review` if none is named and it is free. */
export const pagePort = 7412
