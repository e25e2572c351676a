-- SPDX-License-Identifier: Apache-2.0
-- The journal, which is the truth; the lease of its one writer; and the projections, which are made from it and can be thrown away.
-- Instants are microseconds since 1970 in UTC, as in the fold; the views at the end show them as timestamps.
-- Every big table carries in its primary key the column that Citus would distribute it by (named in its comment).

CREATE TABLE writer (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch bigint NOT NULL,
    url text NOT NULL
);
COMMENT ON TABLE writer IS 'Whose turn it is to write the journal. Commits share-lock this row and never update it: an old snapshot held open elsewhere (an analyst''s query, a backup) would keep every dead version of it and slow each commit down.';
COMMENT ON COLUMN writer.epoch IS 'Raised by one at every takeover; a commit under any other epoch writes nothing.';
COMMENT ON COLUMN writer.url IS 'Where the writer answers, for followers to name.';
INSERT INTO writer (epoch, url) VALUES (0, '');

CREATE TABLE lease (
    epoch bigint PRIMARY KEY,
    head bigint NOT NULL,
    at bigint NOT NULL,
    url text NOT NULL
);
COMMENT ON TABLE lease IS 'Every takeover. A writer that lost its connection during a commit learns here whether the commit came before its successor.';
COMMENT ON COLUMN lease.head IS 'The last position when the epoch began.';

CREATE TABLE journal (
    position bigint NOT NULL,
    at bigint NOT NULL,
    revision bigint NOT NULL CHECK (revision > 0),
    kind smallint NOT NULL,
    stream text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (position, stream),
    UNIQUE (stream, revision)
);
COMMENT ON TABLE journal IS 'Everything that changes the state, in order, append-only. Positions are gapless. Distribution column: stream.';
COMMENT ON COLUMN journal.position IS 'From 1, gapless, in the order of commit.';
COMMENT ON COLUMN journal.at IS 'When it was committed; never decreases with the position.';
COMMENT ON COLUMN journal.revision IS 'Rises within the stream: for records by one from 1, elsewhere the position.';
COMMENT ON COLUMN journal.kind IS '1 put, 2 withdraw, 3 setting, 4 principal, 5 subscription, 6 step, 7 decision, 8 tick.';
COMMENT ON COLUMN journal.stream IS 'What it is about: <feed>/<record id>, setting/<name>, principal/<id>, subscription/<id>, flag/<id>, decision/<mention>, tick.';
COMMENT ON COLUMN journal.actor IS 'The principal who caused it; crossflagd for the daemon itself.';
COMMENT ON COLUMN journal.body IS 'JSON as received; text, since jsonb costs more to write and five times more to read back.';

-- lz4 where the server was built with it: half the time of pglz on the bodies that are long enough to be compressed.
DO $$
BEGIN
    ALTER TABLE journal ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    NULL;
END
$$;

CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON journal FROM PUBLIC;

-- Projections.

CREATE TABLE projected (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL
);
COMMENT ON TABLE projected IS 'All changes up to this position are in entity, mention, link, flag and event; some rows may already show later ones.';
INSERT INTO projected (position) VALUES (0);

CREATE TABLE entity (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    mentions integer NOT NULL,
    living text COLLATE "C",
    position bigint NOT NULL
);
COMMENT ON TABLE entity IS 'Persons, locations and vehicles as linked. Distribution column: id.';
COMMENT ON COLUMN entity.mentions IS 'How many mentions it holds; 0 when it was merged into another or ended.';
COMMENT ON COLUMN entity.living IS 'The entity that holds its mentions now: itself, or the one it was merged into; null when none is left.';
COMMENT ON COLUMN entity.position IS 'The journal position at which the row was made.';

CREATE TABLE mention (
    feed text COLLATE "C" NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    role text NOT NULL,
    entity text COLLATE "C" NOT NULL,
    record_kind text NOT NULL,
    occurred_at bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (feed, record_id, ref)
) WITH (fillfactor = 90);
CREATE INDEX mention_entity ON mention (entity);
COMMENT ON TABLE mention IS 'One person, location or vehicle as one record on record tells it, and the entity it is joined to. Distribution column: record_id.';

CREATE TABLE link (
    feed text COLLATE "C" NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    n integer NOT NULL,
    from_ref text COLLATE "C" NOT NULL,
    to_ref text COLLATE "C" NOT NULL,
    type text NOT NULL,
    PRIMARY KEY (feed, record_id, n)
);
COMMENT ON TABLE link IS 'The links that records state between their mentions. Distribution column: record_id.';
COMMENT ON COLUMN link.n IS 'The link''s place in its record, from 0.';

CREATE TABLE flag (
    id text COLLATE "C" PRIMARY KEY,
    type text NOT NULL,
    entity text COLLATE "C",
    status text NOT NULL,
    level text NOT NULL,
    score integer NOT NULL,
    rule text NOT NULL,
    rule_version integer NOT NULL,
    raised_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    review_due bigint NOT NULL,
    decided_by text,
    rationale text,
    reasons text NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX flag_entity ON flag (entity);
COMMENT ON TABLE flag IS 'What rules found, and what people decided about it. Distribution column: id.';
COMMENT ON COLUMN flag.entity IS 'The subject; null when no mention of it is left.';
COMMENT ON COLUMN flag.score IS 'Thousandths.';
COMMENT ON COLUMN flag.reasons IS 'JSON: [{"pattern","count","weight","records":[{"feed","id"}]}].';

CREATE TABLE event (
    subscription text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    at bigint NOT NULL,
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (subscription, sequence)
);
CREATE INDEX event_at ON event (at);
COMMENT ON TABLE event IS 'Every subscription''s alerts as they were issued, kept 30 days. Distribution column: subscription.';
COMMENT ON COLUMN event.sequence IS 'The subscription''s own number, from 1, gapless.';

CREATE TABLE snapshot (
    position bigint PRIMARY KEY,
    format integer NOT NULL,
    parts integer NOT NULL,
    bytes bigint NOT NULL,
    digest bytea NOT NULL,
    at bigint NOT NULL
);
COMMENT ON TABLE snapshot IS 'Saved states of the fold that are complete: the row comes last, after its parts and after the projections and events up to its position.';
COMMENT ON COLUMN snapshot.digest IS 'SHA-256 over the digests of the parts in order.';

CREATE TABLE snapshot_part (
    position bigint NOT NULL,
    part integer NOT NULL,
    digest bytea NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (position, part)
);
COMMENT ON TABLE snapshot_part IS 'A mebibyte each of a saved state, with its SHA-256. Distribution column: position.';

DO $$
BEGIN
    ALTER TABLE snapshot_part ALTER COLUMN bytes SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    ALTER TABLE snapshot_part ALTER COLUMN bytes SET STORAGE EXTERNAL;
END
$$;

-- Views for people.

CREATE VIEW journal_text AS
SELECT position, to_timestamp(at / 1e6) AS at,
       (ARRAY['put', 'withdraw', 'setting', 'principal', 'subscription', 'step', 'decision', 'tick'])[kind] AS kind, stream, revision, actor, body
FROM journal;
COMMENT ON VIEW journal_text IS 'The journal with times and kinds as words.';

CREATE VIEW entity_link AS
SELECT a.entity AS from_entity, b.entity AS to_entity, l.type, a.role AS from_role, b.role AS to_role, l.feed, l.record_id, a.record_kind,
       to_timestamp(a.occurred_at / 1e6) AS occurred_at
FROM link l
JOIN mention a ON a.feed = l.feed AND a.record_id = l.record_id AND a.ref = l.from_ref
JOIN mention b ON b.feed = l.feed AND b.record_id = l.record_id AND b.ref = l.to_ref;
COMMENT ON VIEW entity_link IS 'Links between entities as records state them: one row a record and link.';

CREATE VIEW entity_together AS
SELECT a.entity, b.entity AS other, a.role, b.role AS other_role, a.feed, a.record_id, a.record_kind, to_timestamp(a.occurred_at / 1e6) AS occurred_at
FROM mention a
JOIN mention b ON b.feed = a.feed AND b.record_id = a.record_id AND b.entity <> a.entity;
COMMENT ON VIEW entity_together IS 'Entities that stand in one record, with or without a stated link; each pair both ways.';

CREATE VIEW flag_text AS
SELECT id, type, entity, status, level, score / 1000.0 AS score, rule, rule_version, to_timestamp(raised_at / 1e6) AS raised_at,
       to_timestamp(changed_at / 1e6) AS changed_at, to_timestamp(review_due / 1e6) AS review_due, decided_by, rationale, reasons
FROM flag;
COMMENT ON VIEW flag_text IS 'Flags with times as timestamps.';
