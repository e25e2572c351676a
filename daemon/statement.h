/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of SQL statements for the journal, its lease, the projections and the snapshots. Parameters only. */
#ifndef XF_DAEMON_STATEMENT_H
#define XF_DAEMON_STATEMENT_H

/* The journal. ------------------------------------------------------------------------------------------------------------------
 */

/* A group: $1 epoch, $2 head before it, $3 at, then a column each. Fence, gaplessness and rows are one implicit transaction: it
 * writes all rows or, when the epoch is no longer ours or the head is another, none. FOR SHARE makes a takeover wait for it, or it
 * for the takeover; see the comment on table writer why it updates nothing. */
#define XF_SQL_COMMIT                                                                                                              \
    "WITH fence AS (SELECT 1 FROM writer WHERE epoch = $1::bigint AND $2::bigint = coalesce((SELECT max(position) FROM journal), " \
    "0) FOR SHARE) "                                                                                                               \
    "INSERT INTO journal (position, at, revision, kind, stream, actor, body) "                                                     \
    "SELECT $2::bigint + e.n, $3::bigint, e.revision, e.kind, e.stream, e.actor, e.body "                                          \
    "FROM fence, unnest($4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::text[]) WITH ORDINALITY AS e (revision, kind, "  \
    "stream, actor, body, n)"

/* $1 after, $2 up to and with. */
#define XF_SQL_READ                                                                                                                \
    "SELECT position, at, revision, kind, stream, actor, body FROM journal WHERE position > $1::bigint AND position <= "           \
    "$2::bigint ORDER BY position"

/* Who writes, and how far it got. */
#define XF_SQL_WRITER "SELECT epoch, coalesce((SELECT max(position) FROM journal), 0), url FROM writer"

/* The lease is an advisory lock of the session, one for each schema that holds a crossflag. */
#define XF_SQL_LOCK "SELECT pg_try_advisory_lock(hashtextextended('crossflag.' || current_schema(), 0))"
#define XF_SQL_UNLOCK "SELECT pg_advisory_unlock_all()"
/* A takeover, two statements in a transaction: the second must see what the first waited for. $1 url; $1 at. */
#define XF_SQL_BUMP "UPDATE writer SET epoch = epoch + 1, url = $1::text"
#define XF_SQL_LEASE                                                                                                               \
    "INSERT INTO lease (epoch, head, at, url) SELECT epoch, coalesce((SELECT max(position) FROM journal), 0), $1::bigint, url "    \
    "FROM writer RETURNING epoch, head"
/* The head when an epoch began. */
#define XF_SQL_LEASE_HEAD "SELECT head FROM lease WHERE epoch = $1::bigint"
#define XF_SQL_AT "SELECT at FROM journal WHERE position = $1::bigint"

/* Projections. ----------------------------------------------------------------------------------------------------------------- */

/* Before anything is written in a transaction: no row when another epoch began; a takeover waits for the transaction's end. $1
 * epoch. */
#define XF_SQL_FENCE "SELECT 1 FROM writer WHERE epoch = $1::bigint FOR SHARE"
#define XF_SQL_PROJECTED "SELECT position FROM projected"
#define XF_SQL_SET_PROJECTED "UPDATE projected SET position = $1::bigint"
#define XF_SQL_FORGET "TRUNCATE entity, entity_event, mention, link, flag; UPDATE projected SET position = 0"

/* Records whose rows are made anew: $1 feeds, $2 ids. */
#define XF_SQL_CLEAR_MENTIONS                                                                                                      \
    "DELETE FROM mention m USING unnest($1::text[], $2::text[]) AS r (feed, id) WHERE m.feed = r.feed AND m.record_id = r.id"
#define XF_SQL_CLEAR_LINKS                                                                                                         \
    "DELETE FROM link l USING unnest($1::text[], $2::text[]) AS r (feed, id) WHERE l.feed = r.feed AND l.record_id = r.id"
#define XF_SQL_PUT_MENTIONS                                                                                                        \
    "INSERT INTO mention (feed, record_id, ref, kind, role, entity, record_kind, occurred_at, position) "                          \
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], "      \
    "$9::bigint[]) "                                                                                                               \
    "ON CONFLICT (feed, record_id, ref) DO UPDATE SET kind = excluded.kind, role = excluded.role, entity = excluded.entity, "      \
    "record_kind = excluded.record_kind, occurred_at = excluded.occurred_at, position = excluded.position"
#define XF_SQL_PUT_LINKS                                                                                                           \
    "INSERT INTO link (feed, record_id, n, from_ref, to_ref, type) "                                                               \
    "SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[]) "                             \
    "ON CONFLICT (feed, record_id, n) DO UPDATE SET from_ref = excluded.from_ref, to_ref = excluded.to_ref, type = excluded.type"
#define XF_SQL_PUT_ENTITIES                                                                                                        \
    "INSERT INTO entity (id, kind, mentions, living, position) SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], "       \
    "$4::text[], $5::bigint[]) "                                                                                                   \
    "ON CONFLICT (id) DO UPDATE SET mentions = excluded.mentions, living = excluded.living, position = excluded.position"
/* Merges and splits are history: one that is there already is the same. */
#define XF_SQL_PUT_ENTITY_EVENTS                                                                                                   \
    "INSERT INTO entity_event (entity, position, event, other, at, cause, feed, record_id, actor, edge) "                          \
    "SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], "    \
    "$9::text[], $10::text[]) ON CONFLICT DO NOTHING"
#define XF_SQL_PUT_FLAGS                                                                                                           \
    "INSERT INTO flag (id, type, entity, status, level, score, rule, rule_version, raised_at, changed_at, review_due, "            \
    "decided_by, rationale, reasons, position) "                                                                                   \
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::integer[], "  \
    "$9::bigint[], $10::bigint[], "                                                                                                \
    "$11::bigint[], $12::text[], $13::text[], $14::text[], $15::bigint[]) "                                                        \
    "ON CONFLICT (id) DO UPDATE SET entity = excluded.entity, status = excluded.status, level = excluded.level, score = "          \
    "excluded.score, "                                                                                                             \
    "changed_at = excluded.changed_at, review_due = excluded.review_due, decided_by = excluded.decided_by, rationale = "           \
    "excluded.rationale, "                                                                                                         \
    "reasons = excluded.reasons, position = excluded.position"

/* Events are history: one that is there already is the same. */
#define XF_SQL_PUT_EVENTS                                                                                                          \
    "INSERT INTO event (subscription, sequence, id, position, at, body) "                                                          \
    "SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[]) ON CONFLICT DO NOTHING"
/* $1 subscription, $2 position, $3 how many: the newest first. */
#define XF_SQL_LAST_EVENTS                                                                                                         \
    "SELECT sequence, id, position, at, body FROM event WHERE subscription = $1::text AND position <= $2::bigint ORDER BY "        \
    "sequence DESC LIMIT $3::bigint"
/* Older than $1, up to $2 of them; a subscription's last one stays, so that its number is known. */
#define XF_SQL_DROP_EVENTS                                                                                                         \
    "DELETE FROM event USING (SELECT e.subscription, e.sequence FROM event e WHERE e.at < $1::bigint "                             \
    "AND e.sequence < (SELECT max(l.sequence) FROM event l WHERE l.subscription = e.subscription) LIMIT $2::bigint) AS old "       \
    "WHERE event.subscription = old.subscription AND event.sequence = old.sequence"

/* Snapshots. ------------------------------------------------------------------------------------------------------------------- */

#define XF_SQL_COPY_PARTS "COPY snapshot_part (position, part, digest, bytes) FROM STDIN (FORMAT binary)"
/* $1 position, $2 format, $3 parts, $4 bytes, $5 digest, $6 at. */
#define XF_SQL_PUT_SNAPSHOT                                                                                                        \
    "INSERT INTO snapshot (position, format, parts, bytes, digest, at) VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bigint, "   \
    "$5::bytea, $6::bigint) "                                                                                                      \
    "ON CONFLICT (position) DO UPDATE SET format = excluded.format, parts = excluded.parts, bytes = excluded.bytes, digest = "     \
    "excluded.digest, at = excluded.at"
/* All but the newest $1. */
#define XF_SQL_DROP_SNAPSHOTS                                                                                                      \
    "DELETE FROM snapshot WHERE position NOT IN (SELECT position FROM snapshot ORDER BY position DESC LIMIT $1::bigint)"
/* Parts without a snapshot: of dropped ones, and of those that were never finished. */
#define XF_SQL_DROP_PARTS "DELETE FROM snapshot_part WHERE position NOT IN (SELECT position FROM snapshot)"
#define XF_SQL_DROP_PARTS_OF "DELETE FROM snapshot_part WHERE position = $1::bigint"
#define XF_SQL_SNAPSHOTS "SELECT position, format, parts, bytes, digest FROM snapshot ORDER BY position DESC"
#define XF_SQL_LAST_SNAPSHOT "SELECT coalesce(max(position), 0) FROM snapshot"
#define XF_SQL_PART_DIGESTS "SELECT digest FROM snapshot_part WHERE position = $1::bigint ORDER BY part"
#define XF_SQL_PART "SELECT bytes FROM snapshot_part WHERE position = $1::bigint AND part = $2::bigint"

#endif
