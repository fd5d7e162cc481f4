// Runs a WebAssembly program that was built for WASI, for `ci/platforms.sh`: node ci/wasi.mjs PROGRAM [ARGUMENT]…
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const wasi = new WASI({ version: "preview1", args: process.argv.slice(2), env: process.env, preopens: { "/": "/" } });
// Or node 20 may collect it as garbage while the program runs, and aborts then.
globalThis.wasi = wasi;
const program = new WebAssembly.Module(readFileSync(process.argv[2]));
wasi.start(new WebAssembly.Instance(program, wasi.getImportObject()));
