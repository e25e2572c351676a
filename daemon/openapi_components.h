/* SPDX-License-Identifier: Apache-2.0 */
/* The components of /openapi.json, as JSON that the preprocessor makes a string of. Included by openapi.c alone. Requests are closed (a typing error is told), answers are open:
 * further members may come. */
#ifndef XF_DAEMON_OPENAPI_COMPONENTS_H
#define XF_DAEMON_OPENAPI_COMPONENTS_H

#define JSON(...) #__VA_ARGS__

/* clang-format off */
static const char openapi_components[] = JSON({
  "securitySchemes": {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "cf_<id>_<secret>"},
    "certificate": {"type": "mutualTLS", "description": "A client certificate whose URI or DNS name is a principal's, exactly."}
  },
  "parameters": {
    "purpose": {"name": "Crossflag-Purpose", "in": "header", "required": false, "schema": {"type": "string"},
      "description": "A code of the partnership's and a case reference, such as: investigation CASE-1. Officers must send it."},
    "role": {"name": "role", "in": "query", "schema": {"enum": ["writer", "follower"]}},
    "info": {"name": "info", "in": "query", "schema": {"enum": ["0", "1"]}, "description": "1 waits for the fold and adds the entities and flags that each record touched."},
    "status": {"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/FlagStatus"}},
    "type": {"name": "type", "in": "query", "schema": {"type": "string"}},
    "level": {"name": "level", "in": "query", "schema": {"$ref": "#/components/schemas/Level"}},
    "mention": {"name": "mention", "in": "query", "schema": {"$ref": "#/components/schemas/MentionName"}, "description": "Only what ties this mention to the rest of the entity."},
    "other": {"name": "other", "in": "query", "schema": {"$ref": "#/components/schemas/MentionName"}, "description": "With mention: these two alone; the answer is that of /v1/why."},
    "a": {"name": "a", "in": "query", "required": true, "schema": {"$ref": "#/components/schemas/MentionName"}},
    "b": {"name": "b", "in": "query", "required": true, "schema": {"$ref": "#/components/schemas/MentionName"}},
    "entity": {"name": "entity", "in": "query", "schema": {"type": "string"}, "description": "Only what concerns this entity."},
    "rationale": {"name": "rationale", "in": "query", "schema": {"type": "string", "minLength": 1, "maxLength": 4096}, "description": "Why; or in the body, as for undo. One of the two is required."},
    "since": {"name": "since", "in": "query", "schema": {"type": "string", "format": "date-time"}},
    "until": {"name": "until", "in": "query", "schema": {"type": "string"}, "description": "A time, or a day, of which it is the end. since may be a day too. What overlaps the span counts."},
    "hops": {"name": "hops", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 6, "default": 1}},
    "max_hops": {"name": "max_hops", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 12, "default": 6}},
    "all": {"name": "all", "in": "query", "schema": {"enum": ["0", "1"]}, "description": "1: all the shortest ways, at most limit, not one of them."},
    "types": {"name": "types", "in": "query", "schema": {"type": "string"}, "description": "Link types, comma-separated; mentioned_with is that of two that only stand in one record."},
    "roles": {"name": "roles", "in": "query", "schema": {"type": "string"}, "description": "Roles of the far end in the record, comma-separated; with - before it, one that does not count: -professional."},
    "min_grade": {"name": "min_grade", "in": "query", "schema": {"type": "string", "pattern": "^[1-3]?[A-E]?$"}, "description": "The worst grade of a record that counts: 2B, 2 or B."},
    "from": {"name": "from", "in": "query", "required": true, "schema": {"type": "string"}},
    "to": {"name": "to", "in": "query", "required": true, "schema": {"type": "string"}},
    "lat": {"name": "lat", "in": "query", "required": true, "schema": {"type": "number", "minimum": -85, "maximum": 85}},
    "lon": {"name": "lon", "in": "query", "required": true, "schema": {"type": "number", "minimum": -180, "maximum": 180}},
    "radius_m": {"name": "radius_m", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50000, "default": 500}},
    "cursor": {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "The `next` of the page before."},
    "limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}},
    "after": {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}, "description": "The sequence number after which to go on."},
    "wait": {"name": "wait", "in": "query", "schema": {"type": "integer", "minimum": 0}, "description": "Seconds to wait for an event when there is none."}
  },
  "responses": {
    "Malformed": {"description": "The request is malformed", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "Unauthorized": {"description": "Missing or bad credentials", "headers": {"WWW-Authenticate": {"schema": {"type": "string"}}},
      "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "Forbidden": {"description": "The caller's role does not allow it", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "NotFound": {"description": "There is no such thing, or the caller may not know of it", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "Invalid": {"description": "The body is not what it should be; errors says where", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "Conflict": {"description": "What is there does not allow it; of a decision that contradicts others, conflicts shows them as they lead from a to b", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "Gone": {"description": "The cursor is older than what is kept; oldest_seq says where to begin", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "TooLarge": {"description": "The body is larger than the limit", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "MediaType": {"description": "The body's Content-Type is not one of those taken here", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "PurposeRequired": {"description": "An officer named no purpose", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "TooMany": {"description": "Too much at once; try again after Retry-After", "headers": {"Retry-After": {"schema": {"type": "integer"}}},
      "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    "Unavailable": {"description": "Not now, or not by this daemon; try again after Retry-After", "headers": {"Retry-After": {"schema": {"type": "integer"}}},
      "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
  },
  "schemas": {
    "Any": {},
    "Text": {"type": "string"},
    "Errors": {"type": "array", "items": {"type": "object", "required": ["pointer", "reason"], "properties": {"pointer": {"type": "string"}, "reason": {"type": "string"}}}},
    "Problem": {"type": "object", "required": ["type", "title", "status", "detail", "instance"], "properties": {
      "type": {"type": "string", "format": "uri"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
      "instance": {"type": "string", "format": "uri"}, "errors": {"$ref": "#/components/schemas/Errors"}, "conflicts": {"type": "array", "items": {"$ref": "#/components/schemas/Said"}}}},
    "Livez": {"type": "object", "required": ["status"], "properties": {"status": {"const": "alive"}}},
    "Readyz": {"type": "object", "required": ["status", "role", "position", "head", "missing"], "properties": {
      "status": {"enum": ["ready", "not_ready"]}, "role": {"enum": ["waiting", "follower", "writer"]},
      "position": {"type": "integer"}, "head": {"type": "integer"}, "missing": {"type": "array", "items": {"type": "string"}}}},
    "Feed": {"type": "object", "required": ["name", "agency", "grade"], "properties": {
      "name": {"type": "string"}, "agency": {"type": "string"}, "grade": {"type": "string"}, "basis": {"type": ["string", "null"]}}},
    "FeedList": {"type": "object", "required": ["items", "next"], "properties": {
      "items": {"type": "array", "items": {"$ref": "#/components/schemas/Feed"}}, "next": {"type": ["string", "null"]}}},
    "FeedStatus": {"allOf": [{"$ref": "#/components/schemas/Feed"}, {"type": "object", "required": ["records", "withdrawn", "last_position", "latest_event_at"], "properties": {
      "records": {"type": "integer"}, "withdrawn": {"type": "integer"}, "last_position": {"type": "integer"}, "latest_event_at": {"type": ["string", "null"], "format": "date-time"}}}]},
    "Record": {"$ref": "/schemas/record.json"},
    "Records": {"anyOf": [{"$ref": "#/components/schemas/Record"}, {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}, {"type": "string"}]},
    "RecordRef": {"type": "object", "required": ["feed", "id"], "properties": {"feed": {"type": "string"}, "id": {"type": "string"}}},
    "MentionRef": {"type": "object", "required": ["feed", "id", "ref"], "additionalProperties": false, "properties": {
      "feed": {"type": "string"}, "id": {"type": "string"}, "ref": {"type": "string"}}},
    "MentionName": {"type": "string", "description": "A mention as <feed>/<record id>/<ref>, percent-encoded: police%2FMIS-2026-0412%2Fp1."},
    "Mention": {"type": "object", "required": ["feed", "id", "ref"], "properties": {"feed": {"type": "string"}, "id": {"type": "string"}, "ref": {"type": "string"}, "role": {"type": "string"}}},
    "Comparison": {"type": "object", "description": "a and b are the values compared, normalised; null where several enter at once, or none. running is the sum so far, prior included.",
      "required": ["comparison", "level", "weight"], "properties": {"comparison": {"type": "string"}, "level": {"type": "string"}, "weight": {"type": "number"},
      "a": {"type": ["string", "null"]}, "b": {"type": ["string", "null"]}, "running": {"type": "number"}}},
    "Why": {"type": "object", "description": "Weights are bits: binary logarithms of odds. joined: both are one entity now, whatever this pair weighs alone.",
      "required": ["a", "b", "kind", "entities", "joined", "prior", "comparisons", "weight", "threshold", "conflict", "outcome", "decision"], "properties": {
      "a": {"$ref": "#/components/schemas/Mention"}, "b": {"$ref": "#/components/schemas/Mention"}, "kind": {"enum": ["person", "location", "vehicle"]},
      "entities": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}, "joined": {"type": "boolean"}, "prior": {"type": "number"},
      "comparisons": {"type": "array", "items": {"$ref": "#/components/schemas/Comparison"}}, "weight": {"type": "number"},
      "threshold": {"type": "object", "required": ["review", "link"], "properties": {"review": {"type": "number"}, "link": {"type": "number"}}},
      "conflict": {"type": "boolean"}, "outcome": {"enum": ["link", "review", "apart", "conflict"]}, "bond": {"enum": ["weight", "decision"]},
      "decision": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Said"}]}}},
    "EntityWhy": {"type": "object", "description": "Without mention: a maximum spanning tree over the entity's different contents that the caller may see, decisions first, then the strongest. With mention: all bonds of that one. With mention and other: as /v1/why.",
      "properties": {"entity": {"type": "string"}, "kind": {"enum": ["person", "location", "vehicle"]}, "contents": {"type": "integer"}, "edges": {"type": "integer"},
      "mention": {"$ref": "#/components/schemas/Mention"}, "items": {"type": "array", "items": {"$ref": "#/components/schemas/Why"}}, "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/Withheld"}}},
    "ReviewSide": {"allOf": [{"$ref": "#/components/schemas/Mention"}, {"type": "object", "required": ["values", "entity", "flags"], "properties": {
      "values": {"type": "object"}, "entity": {"type": "string"}, "flags": {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}}}}]},
    "ReviewList": {"type": "object", "description": "Most valuable first: value is doubt (bits that a person's word would tell) times what hangs on it (flags, children, markers, sizes).", "required": ["items", "next"], "properties": {
      "items": {"type": "array", "items": {"type": "object", "required": ["kind", "of", "a", "b", "weight", "doubt", "value", "comparisons", "because"], "properties": {
        "kind": {"enum": ["pair", "refused", "bridge"], "description": "between the thresholds; above them and yet apart; the one weak link that holds an entity together"},
        "of": {"enum": ["person", "location", "vehicle"]}, "a": {"$ref": "#/components/schemas/ReviewSide"}, "b": {"$ref": "#/components/schemas/ReviewSide"},
        "weight": {"type": "number"}, "doubt": {"type": "number"}, "value": {"type": "number"}, "conflict": {"type": "boolean"},
        "comparisons": {"type": "array", "items": {"$ref": "#/components/schemas/Comparison"}}, "because": {"type": "array", "items": {"type": "string"}}}}},
      "next": {"type": ["string", "null"]}, "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/Withheld"}}},
    "Decided": {"type": "object", "required": ["id", "in_force", "position"], "properties": {"id": {"type": "string"}, "in_force": {"type": "boolean"}, "position": {"type": "integer"}}},
    "Statement": {"type": "object", "required": ["by", "at", "rationale", "position"], "properties": {"id": {"type": "string"}, "decision": {"enum": ["same", "not_same", "none"]},
      "by": {"type": "string"}, "at": {"type": "string", "format": "date-time"}, "rationale": {"type": "string"}, "position": {"type": "integer"}}},
    "Said": {"type": "object", "description": "A person's decision. Of one that names a record that the caller may not see, id and withheld alone.", "required": ["id"], "properties": {
      "id": {"type": "string"}, "decision": {"enum": ["same", "not_same"]}, "a": {"$ref": "#/components/schemas/MentionRef"}, "b": {"$ref": "#/components/schemas/MentionRef"},
      "by": {"type": "string"}, "at": {"type": "string", "format": "date-time"}, "rationale": {"type": "string"}, "position": {"type": "integer"}, "in_force": {"type": "boolean"},
      "status": {"enum": ["in_force", "waiting", "contradicted", "undone"], "description": "waiting: for a mention that is not on record now; contradicted: by earlier decisions, until one of them is undone"},
      "undone": {"$ref": "#/components/schemas/Statement"}, "before": {"type": "array", "items": {"$ref": "#/components/schemas/Statement"}}, "withheld": {"type": "boolean"}}},
    "DecisionList": {"type": "object", "required": ["items", "next"], "properties": {
      "items": {"type": "array", "items": {"$ref": "#/components/schemas/Said"}}, "next": {"type": ["string", "null"]}, "truncated": {"type": "boolean"}}},
    "EntityEvent": {"type": "object", "description": "because: change is put or withdrawn (of record), decision, or model; edge is what joined.", "required": ["event", "entity", "position", "at"], "properties": {
      "event": {"enum": ["created", "merged", "split"]}, "entity": {"type": "string"}, "into": {"type": "string"}, "from": {"type": "string"}, "position": {"type": "integer"},
      "at": {"type": "string", "format": "date-time"}, "because": {"type": "object", "required": ["change"], "properties": {"change": {"type": "string"}, "record": {"$ref": "#/components/schemas/RecordRef"},
      "decision": {"type": "object"}, "edge": {"type": "object"}, "withheld": {"type": "boolean"}}}}},
    "Receipt": {"type": "object", "required": ["received", "accepted", "unchanged", "rejected", "items"], "properties": {
      "received": {"type": "integer"}, "accepted": {"type": "integer"}, "unchanged": {"type": "integer"}, "rejected": {"type": "integer"}, "position": {"type": "integer"},
      "items": {"type": "array", "items": {"type": "object", "required": ["line", "status"], "properties": {
        "line": {"type": "integer"}, "id": {"type": "string"}, "status": {"type": "integer"}, "errors": {"$ref": "#/components/schemas/Errors"},
        "entities": {"type": "array"}, "flags": {"type": "array"}}}}}},
    "RecordReceipt": {"type": "object", "required": ["result", "position"], "properties": {
      "id": {"type": "string"}, "result": {"enum": ["accepted", "unchanged", "withdrawn"]}, "position": {"type": "integer"}, "entities": {"type": "array"}, "flags": {"type": "array"}}},
    "Check": {"type": "object", "additionalProperties": false, "properties": {
      "persons": {"type": "array", "items": {"type": "object"}}, "locations": {"type": "array", "items": {"type": "object"}}, "vehicles": {"type": "array", "items": {"type": "object"}}}},
    "CheckResults": {"type": "object", "required": ["results"], "properties": {"results": {"type": "array", "items": {"type": "object", "required": ["ref", "certainty", "flags"], "properties": {
      "ref": {"type": "string"}, "certainty": {"enum": ["certain", "likely", "possible", "none"]}, "flags": {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}}}}}}},
    "Search": {"type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
      "kind": {"enum": ["person", "location", "vehicle"]}, "given": {"type": "string"}, "family": {"type": "string"}, "name": {"type": "string"}, "birth_date": {"oneOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "additionalProperties": false, "properties": {"from": {"type": "string"}, "to": {"type": "string"}}}]},
      "vin": {"type": "string"}, "licence_plate_no": {"type": "string"}, "cursor": {"type": "string"}, "postcode": {"type": "string"}, "address": {"type": "string"}, "phone": {"type": "string"}, "email": {"type": "string"}, "vrm": {"type": "string"},
      "id": {"type": "object", "required": ["scheme", "value"]}, "account": {"type": "object", "required": ["service", "handle"]}, "limit": {"type": "integer", "minimum": 1, "maximum": 200}}},
    "EntityList": {"type": "object", "required": ["items", "next"], "properties": {
      "items": {"type": "array", "items": {"type": "object", "required": ["id", "kind"], "properties": {"id": {"type": "string"}, "kind": {"enum": ["person", "location", "vehicle"]}}}},
      "next": {"type": ["string", "null"]}, "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/Withheld"}}},
    "Entity": {"type": "object", "required": ["id", "kind", "mentions", "flags", "redirects"], "properties": {
      "id": {"type": "string"}, "kind": {"enum": ["person", "location", "vehicle"]}, "mentions": {"type": "array", "items": {"type": "object", "required": ["feed", "id", "ref", "values"]}},
      "flags": {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}}, "redirects": {"type": "array", "items": {"type": "string"}},
      "decisions": {"type": "array", "items": {"$ref": "#/components/schemas/Said"}}, "history": {"type": "array", "description": "Newest first.", "items": {"$ref": "#/components/schemas/EntityEvent"}},
      "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/Withheld"}}},
    "Decision": {"type": "object", "required": ["decision", "a", "b", "rationale"], "additionalProperties": false, "properties": {
      "decision": {"enum": ["same", "not_same", "none"]}, "a": {"$ref": "#/components/schemas/MentionRef"}, "b": {"$ref": "#/components/schemas/MentionRef"}, "rationale": {"type": "string", "minLength": 1}}},
    "WithheldLinks": {"allOf": [{"$ref": "#/components/schemas/Withheld"}, {"type": "object", "properties": {"links": {"type": "integer", "description": "Of which every record is withheld, whatever the filters."}}}]},
    "GraphEntity": {"type": "object", "description": "values are those of one mention that the caller may see; flag_count counts the standing flags that it may know of. depth: hops from where the question began. hub: shown, but not walked through.",
      "required": ["id", "kind", "values", "flag_count"], "properties": {"id": {"type": "string"}, "kind": {"enum": ["person", "location", "vehicle"]}, "values": {"type": "object"},
      "flag_count": {"type": "integer"}, "depth": {"type": "integer"}, "hub": {"type": "boolean"}}},
    "Link": {"type": "object", "description": "What ties two entities under one type. records: those that the caller may see, newest first, at most 50 of record_count. confirmed: a record says so that is graded A or B from a source that is not unreliable, and its mentions of both belong to their entities beyond doubt; else tentative.",
      "required": ["from", "to", "type", "records", "record_count", "first", "last", "strength"], "properties": {"from": {"type": "string"}, "to": {"type": "string"},
      "type": {"type": "string", "description": "mentioned_with: they only stand in one record, and from and to say nothing."}, "records": {"type": "array", "items": {"$ref": "#/components/schemas/RecordRef"}},
      "record_count": {"type": "integer"}, "first": {"type": "string", "format": "date-time"}, "last": {"type": "string", "format": "date-time"}, "strength": {"enum": ["confirmed", "tentative"]}}},
    "Links": {"type": "object", "description": "Breadth first; around one entity those with most records first. Between two entities of the last depth nothing is told.", "required": ["entity", "items", "entities", "next", "truncated"], "properties": {
      "entity": {"type": "string"}, "items": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}, "entities": {"type": "array", "items": {"$ref": "#/components/schemas/GraphEntity"}},
      "next": {"type": "null"}, "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/WithheldLinks"}}},
    "Paths": {"type": "object", "description": "length is in hops, null when there is no way. entities are those on the ways, and hubs that were met and not walked through.", "required": ["from", "to", "length", "items", "entities", "next", "truncated"], "properties": {
      "from": {"type": "string"}, "to": {"type": "string"}, "length": {"type": ["integer", "null"]}, "items": {"type": "array", "items": {"type": "object", "required": ["entities", "links"], "properties": {
        "entities": {"type": "array", "items": {"type": "string"}}, "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}}}},
      "entities": {"type": "array", "items": {"$ref": "#/components/schemas/GraphEntity"}}, "next": {"type": "null"}, "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/WithheldLinks"}}},
    "EntitySet": {"type": "object", "required": ["entities"], "additionalProperties": false, "properties": {"entities": {"type": "array", "minItems": 2, "maxItems": 20, "items": {"type": "string"}}}},
    "Common": {"type": "object", "description": "Whom and what at least two of the set are tied to, most shared first; direct: what ties the set itself.", "required": ["set", "entities", "items", "direct", "next", "truncated"], "properties": {
      "set": {"type": "array", "items": {"type": "string"}}, "entities": {"type": "array", "items": {"$ref": "#/components/schemas/GraphEntity"}},
      "items": {"type": "array", "items": {"type": "object", "required": ["entity", "shared", "links"], "properties": {
        "entity": {"$ref": "#/components/schemas/GraphEntity"}, "shared": {"type": "integer"}, "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}}}},
      "direct": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}, "next": {"type": "null"}, "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/WithheldLinks"}}},
    "NearList": {"type": "object", "description": "Nearest first.", "required": ["items", "next", "truncated"], "properties": {
      "items": {"type": "array", "items": {"type": "object", "required": ["entity", "distance_m", "lat", "lon"], "properties": {
        "entity": {"$ref": "#/components/schemas/GraphEntity"}, "distance_m": {"type": "number"}, "lat": {"type": "number"}, "lon": {"type": "number"}}}},
      "next": {"type": ["string", "null"]}, "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/Withheld"}}},
    "Timeline": {"type": "object", "description": "In order of at. withheld counts all records of the entity that the caller may not see, whatever the span.", "required": ["entity", "items", "next", "truncated"], "properties": {
      "entity": {"type": "string"}, "items": {"type": "array", "items": {"type": "object", "required": ["at", "until", "record", "kind", "grade", "role", "with"], "properties": {
        "at": {"type": "string", "format": "date-time"}, "until": {"type": ["string", "null"]}, "record": {"$ref": "#/components/schemas/RecordRef"}, "kind": {"type": "string"}, "grade": {"type": "string"}, "role": {"type": "string"},
        "with": {"type": "array", "items": {"type": "object", "required": ["entity", "kind", "role", "types", "values"], "properties": {
          "entity": {"type": "string"}, "kind": {"enum": ["person", "location", "vehicle"]}, "role": {"type": "string"}, "types": {"type": "array", "items": {"type": "string"}}, "values": {"type": "object"}}}}}}},
      "next": {"type": ["string", "null"]}, "truncated": {"type": "boolean"}, "withheld": {"$ref": "#/components/schemas/Withheld"}}},
    "FlagStatus": {"enum": ["proposed", "confirmed", "dismissed", "expired", "withdrawn"]},
    "Level": {"enum": ["low", "medium", "high"]},
    "Withheld": {"type": "object", "properties": {"records": {"type": "integer"}, "ask": {"type": "array", "items": {"type": "object", "properties": {
      "agency": {"type": "string"}, "contact": {"type": ["string", "null"]}}}}}},
    "Flag": {"type": "object", "description": "At the caller's disclosure level: what is withheld is left out, and withheld says whom to ask.", "properties": {
      "id": {"type": "string"}, "type": {"type": "string"}, "subject": {"type": "object"}, "level": {"$ref": "#/components/schemas/Level"}, "status": {"$ref": "#/components/schemas/FlagStatus"},
      "rule": {"type": "object"}, "score": {"type": "number"}, "raised_at": {"type": "string", "format": "date-time"}, "review_due": {"type": "string", "format": "date-time"},
      "reasons": {"type": "array", "items": {"type": "object"}}, "withheld": {"$ref": "#/components/schemas/Withheld"}}},
    "FlagList": {"type": "object", "required": ["items", "next"], "properties": {
      "items": {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}}, "next": {"type": ["string", "null"]}}},
    "Rationale": {"type": "object", "required": ["rationale"], "additionalProperties": false, "properties": {"rationale": {"type": "string", "minLength": 1, "maxLength": 4096}}},
    "NewSubscription": {"type": "object"},
    "Subscription": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
    "SubscriptionList": {"type": "object", "required": ["items", "next"], "properties": {
      "items": {"type": "array", "items": {"$ref": "#/components/schemas/Subscription"}}, "next": {"type": ["string", "null"]}}},
    "Event": {"type": "object", "description": "CloudEvents 1.0", "required": ["specversion", "id", "source", "type", "sequence"], "properties": {
      "specversion": {"const": "1.0"}, "id": {"type": "string"}, "source": {"type": "string"}, "type": {"type": "string"}, "sequence": {"type": "string", "pattern": "^[0-9]{20}$"}}},
    "EventList": {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}}},
    "Ack": {"type": "object", "required": ["seq"], "additionalProperties": false, "properties": {"seq": {"type": "integer", "minimum": 0}}},
    "NewPrincipal": {"type": "object", "required": ["id", "agency", "roles"], "additionalProperties": false, "properties": {
      "id": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"}, "agency": {"type": "string"},
      "roles": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^(feed:[a-z0-9-]+|check|subscriber|officer|reviewer|auditor|admin)$"}},
      "sans": {"type": "array", "items": {"type": "string", "pattern": "^(URI|DNS):.+"}}, "replace": {"type": "boolean", "description": "Replaces a living principal of that id: a new token."}}},
    "PrincipalToken": {"type": "object", "required": ["id", "token", "position"], "properties": {
      "id": {"type": "string"}, "token": {"type": "string", "description": "Shown here and never again."}, "position": {"type": "integer"}}},
    "Principal": {"type": "object", "required": ["id", "agency", "roles", "sans", "token", "revoked"], "properties": {
      "id": {"type": "string"}, "agency": {"type": "string"}, "roles": {"type": "array", "items": {"type": "string"}}, "sans": {"type": "array", "items": {"type": "string"}},
      "token": {"type": "boolean", "description": "Whether it has one"}, "revoked": {"type": "boolean"}}},
    "PrincipalList": {"type": "object", "required": ["items", "next"], "properties": {
      "items": {"type": "array", "items": {"$ref": "#/components/schemas/Principal"}}, "next": {"type": ["string", "null"]}}}
  }
});
/* clang-format on */

#endif
