import { defineConfig } from 'vite'

export default defineConfig({
  base: '/shop/',
  build: { target: 'es2022', modulePreload: false },
})
