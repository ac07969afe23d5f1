import { defineConfig } from 'vite'

// Two forms of one source: the module for bundlers, and with `--mode script` the script for a page's <script> tag.
export default defineConfig(({ mode }) => ({
  build: {
    target: 'es2020',
    emptyOutDir: mode !== 'script',
    lib:
      mode === 'script'
        ? { entry: 'src/script.ts', formats: ['iife'], name: '_', fileName: () => 'campaign.js' }
        : { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
  },
}))
