// SPDX-License-Identifier: Apache-2.0
// Compiles every component schema of an OpenAPI document with ajv, under JSON Schema 2020-12, and says which do not: {"openapi", "record"} on standard input.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const { openapi: document, record } = JSON.parse(readFileSync(0, "utf8"));
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: "https://crossflag.uk/openapi.json", ...document });
ajv.addSchema({ ...record, $id: "https://crossflag.uk/schemas/record.json" });
let failed = false;
for (const name of Object.keys(document.components?.schemas ?? {})) {
  try {
    ajv.compile({ $ref: `https://crossflag.uk/openapi.json#/components/schemas/${name}` });
  } catch (error) {
    failed = true;
    console.error(`${name}: ${error.message}`);
  }
}
process.exit(failed ? 1 : 0);
