import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Smaller ones are not worth a second file, in bytes. */
const WORTH_COMPRESSING = 1024;

/** Writes `.br` and `.gz` beside what compresses well: the console sends them as they are. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const path = join(folder, name);
        if (!/\.(js|css|svg|json)$/.test(name) || statSync(path).size < WORTH_COMPRESSING) continue;
        const content = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** What the first page may need of scripts, compressed, in bytes. */
const MOST_OF_FIRST = 250_000;
/** Loaded when somebody opens `/`, though not by the script of the page itself. */
const FIRST = ["/features/overview/Overview.tsx", "/i18n/en.json"];

/** Fails the build when the first page would need more than it may. */
function firstPage(): Plugin {
  return {
    name: "first-page",
    apply: "build",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
      const wanted = new Set<string>();
      const add = (name: string) => {
        const chunk = chunks.find((one) => one.fileName === name);
        if (!chunk || wanted.has(name)) return;
        wanted.add(name);
        chunk.imports.forEach(add);
      };
      chunks.filter((one) => one.isEntry || FIRST.some((end) => one.facadeModuleId?.endsWith(end))).forEach((one) => add(one.fileName));
      const size = chunks.filter((one) => wanted.has(one.fileName)).reduce((sum, one) => sum + gzipSync(one.code, { level: 9 }).length, 0);
      if (size > MOST_OF_FIRST) this.error(`The first page needs ${size} bytes of scripts, compressed; ${MOST_OF_FIRST} are allowed.`);
      this.info(`the first page needs ${Math.round(size / 1000)} kB of scripts, compressed`);
    },
  };
}

// The pages are built into `console/static`, which the console process serves and git ignores.
export default defineConfig({
  plugins: [react(), firstPage(), compressed()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    // Nothing is inlined: the content security policy allows files of this origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});
