// Generates the TypeScript of ../protocol/client.proto and what it needs with the distribution's protoc.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(web, "src", "generated");

mkdirSync(target, { recursive: true });
const run = spawnSync(
  "protoc",
  [
    `--proto_path=${join(web, "..")}`,
    `--es_out=${target}`,
    "--es_opt=target=ts",
    "protocol/client.proto",
    "protocol/floor.proto",
    "protocol/limits.proto",
  ],
  {
    stdio: "inherit",
    env: { ...process.env, PATH: join(web, "node_modules", ".bin") + delimiter + process.env.PATH },
  },
);
if (run.error) {
  console.error("protoc is missing: install the package protobuf-compiler.");
  process.exit(1);
}
process.exit(run.status ?? 1);
