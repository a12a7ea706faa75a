// npm runs the script `prepack` before `npm pack` and `npm publish`, which would pack the wrong files, and before `npm run pack` as well,
// since it is called pre + pack. Only the last is let through.
if (!process.env['npm_command']?.startsWith('run')) {
  console.error('use: npm run pack')
  process.exit(1)
}
