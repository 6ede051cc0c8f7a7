// All that a browser fetches of the console, gzipped, has to stay under 200 kB; ADR 10 says why.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 200_000;
const OURS = /\.(js|css|html|svg)$/;

const sizes = readdirSync("dist", { recursive: true })
  .filter((file) => OURS.test(file))
  .map((file) => [file, gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length])
  .sort(([, one], [, other]) => other - one);
const all = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

console.log(`bundle: ${kilobytes(all)} gzipped in ${sizes.length} files (limit ${kilobytes(LIMIT_BYTES)})`);
if (all > LIMIT_BYTES) {
  for (const [file, bytes] of sizes) console.error(`  ${kilobytes(bytes).padStart(9)}  ${file}`);
  process.exit(1);
}
