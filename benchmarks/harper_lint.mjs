// Lint one file with harper.js: node benchmarks/harper_lint.mjs FOLDER_OF_NODE_MODULES FILE. Prints the number of alerts.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, file] = process.argv.slice(2);
const { LocalLinter } = await import(pathToFileURL(`${modules}/harper.js/dist/index.js`));
const { binaryInlined } = await import(pathToFileURL(`${modules}/harper.js/dist/binaryInlined.js`));
const linter = new LocalLinter({ binary: binaryInlined });
const lints = await linter.lint(readFileSync(file, "utf8"), { language: "plaintext" });
console.log(lints.length);
