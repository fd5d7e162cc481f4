// Runs a WebAssembly program that was built for WASI, for `ci/platforms.sh`: node ci/wasi.mjs PROGRAM [ARGUMENT]…
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const wasi = new WASI({ version: "preview1", args: process.argv.slice(2), env: process.env, preopens: { "/": "/" } });
const program = new WebAssembly.Module(readFileSync(process.argv[2]));
wasi.start(new WebAssembly.Instance(program, wasi.getImportObject()));
