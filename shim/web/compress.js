// Lays compressed forms beside the built files, for the service to answer with: node compress.js
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

for (const name of ['dashboard', 'snippet', 'shop']) {
  const dist = new URL(`${name}/dist/`, import.meta.url)
  let files
  try {
    files = readdirSync(dist, { recursive: true })
  } catch {
    continue
  }
  for (const file of files.filter((file) => /\.(html|js|css|svg|json|txt|webmanifest)$/.test(file))) {
    const content = readFileSync(new URL(file, dist))
    const forms = {
      gz: gzipSync(content, { level: 9 }),
      br: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    }
    for (const [ending, form] of Object.entries(forms)) writeFileSync(new URL(`${file}.${ending}`, dist), form)
  }
}
