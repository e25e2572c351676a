// SPDX-License-Identifier: Apache-2.0
// A partner's webhook endpoint on npm's standardwebhooks and cloudevents: receiver.mjs CERTIFICATE KEY. Prints {"port"} and then a line for each delivery;
// takes lines {"path", "secrets":[…], "public_keys":[…], "answers":[500, …], "retry_after"}: what to verify with, and what to answer before it answers 204.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createInterface } from "node:readline";
import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";

const paths = new Map();
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

function verifies(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

// standardwebhooks for JavaScript knows v1 only; v1a is ed25519 over the same bytes.
function verifiesKey(key, body, headers) {
  const raw = Buffer.from(key.replace(/^whpk_/, ""), "base64");
  const spki = createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]), format: "der", type: "spki" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  const signatures = headers["webhook-signature"].split(" ").filter((text) => text.startsWith("v1a,"));
  return signatures.some((text) => verify(null, signed, spki, Buffer.from(text.slice(4), "base64")));
}

function parse(body, headers) {
  try {
    const event = new CloudEvent(JSON.parse(body), true); // strict: throws on what CloudEvents 1.0 does not allow
    event.validate();
    const bound = HTTP.toEvent({ headers, body });
    return { event: event.toJSON(), same: bound.id === event.id && bound.type === event.type };
  } catch (error) {
    return { error: `${error.message} ${JSON.stringify(error.errors ?? "")}` };
  }
}

const server = createServer({ cert: readFileSync(process.argv[2]), key: readFileSync(process.argv[3]) }, (request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces).toString("utf8");
    const path = paths.get(request.url) ?? {};
    const [headers, tampered] = [request.headers, body.replace('"status":"', '"status":"x')];
    const status = path.answers?.shift() ?? 204;
    say({
      path: request.url, method: request.method, status, body, headers,
      verified: (path.secrets ?? []).map((secret) => verifies(secret, body, headers)),
      verified_keys: (path.public_keys ?? []).map((key) => verifiesKey(key, body, headers)),
      tampered: (path.secrets ?? []).some((secret) => verifies(secret, tampered, headers) || verifies(secret, body + " ", headers)),
      replayed: (path.secrets ?? []).some((secret) => verifies(secret, body, { ...headers, "webhook-timestamp": String(headers["webhook-timestamp"] - 1) })),
      cloudevent: parse(body, headers),
    });
    response.writeHead(status, status === 503 && path.retry_after ? { "Retry-After": String(path.retry_after) } : {}).end();
  });
});
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { path, ...rest } = JSON.parse(line);
    paths.set(path, { ...paths.get(path), ...rest });
    say({ told: path });
  })
  .on("close", () => process.exit(0));
