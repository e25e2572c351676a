// SPDX-License-Identifier: Apache-2.0
// Judges every case under DIR/{valid,invalid} by the JSON Schema on standard input, with ajv; prints {"valid/NAME.json": true|false, …}.
import { readFileSync, readdirSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
addFormats(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(0, "utf8")));
const verdicts = {};
for (const kind of ["valid", "invalid"]) {
  for (const name of readdirSync(`${process.argv[2]}/${kind}`).filter((file) => file.endsWith(".json"))) {
    try {
      verdicts[`${kind}/${name}`] = validate(JSON.parse(readFileSync(`${process.argv[2]}/${kind}/${name}`, "utf8")));
    } catch {
      verdicts[`${kind}/${name}`] = false;
    }
  }
}
console.log(JSON.stringify(verdicts));
