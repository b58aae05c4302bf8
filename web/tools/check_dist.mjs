// Looks at what was built: small enough for a first load, nothing inline, no address of another host.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const kFirstLoad = 150 * 1000; // bytes, gzipped (what a weak network brings in a few seconds)
const kForeign = /https?:\/\/(?!www\.w3\.org\/|www\.webrtc\.org\/)[a-z0-9.-]+/gi;

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

const problems = [];
let total = 0;
for (const file of files) {
  const content = readFileSync(file);
  const size = gzipSync(content).length;
  total += size;
  console.log(`${String(size).padStart(7)} B  ${file.slice(dist.length + 1)}`);
  for (const host of content.toString("utf8").match(kForeign) ?? []) {
    problems.push(`${file} names another host: ${host}`);
  }
}
const html = readFileSync(join(dist, "index.html"), "utf8");
if (/<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=/i.test(html)) {
  problems.push("index.html has an inline script or style");
}
if (total > kFirstLoad) problems.push(`the first load has ${total} bytes, more than ${kFirstLoad}`);
console.log(`${String(total).padStart(7)} B  first load, gzipped (at most ${kFirstLoad})`);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
