// SPDX-License-Identifier: Apache-2.0
// A partner's reader of an event stream on npm's eventsource: stream.mjs URL [LAST-EVENT-ID], the token in TOKEN. Prints a line for each connection, with the
// Last-Event-ID that it sent, for each event, and for each error. Reconnecting is the library's own.
import { createInterface } from "node:readline";
import { CloudEvent } from "cloudevents";
import { EventSource } from "eventsource";

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const steps = ["raised", "raised_level", "confirmed", "dismissed", "renewed", "expired", "withdrawn", "handed_over"];
let first = process.argv[3];

const source = new EventSource(process.argv[2], {
  fetch: async (url, init) => {
    const headers = { ...init.headers, Authorization: `Bearer ${process.env.TOKEN}` };
    if (first !== undefined) headers["Last-Event-ID"] = first; // of an earlier run of this program
    first = undefined;
    const response = await fetch(url, { ...init, headers });
    say({ connected: response.status, type: response.headers.get("content-type"), last_event_id: headers["Last-Event-ID"] ?? null });
    return response;
  },
});
for (const type of ["message", "uk.crossflag.test.v1", ...steps.map((step) => `uk.crossflag.flag.${step}.v1`)]) {
  source.addEventListener(type, (event) => {
    let strict = true;
    try {
      new CloudEvent(JSON.parse(event.data), true);
    } catch {
      strict = false;
    }
    say({ id: event.lastEventId, type: event.type, data: event.data, strict });
  });
}
source.addEventListener("error", (event) => say({ error: event.message ?? "", code: event.code ?? null }));
createInterface({ input: process.stdin }).on("close", () => process.exit(0));
