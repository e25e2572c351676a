-- SPDX-License-Identifier: Apache-2.0
-- What became of entities: a projection like those of 0001, made from the journal and never the truth.
-- Instants are microseconds since 1970 in UTC.

CREATE TABLE entity_event (
    entity text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    event text NOT NULL,
    other text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    cause text NOT NULL,
    feed text COLLATE "C",
    record_id text COLLATE "C",
    actor text NOT NULL,
    edge text,
    PRIMARY KEY (entity, position)
);
CREATE INDEX entity_event_other ON entity_event (other);
COMMENT ON TABLE entity_event IS 'Every merge and split of entities with its cause. Distribution column: entity.';
COMMENT ON COLUMN entity_event.entity IS 'merged: what is a redirect since; split: the new one.';
COMMENT ON COLUMN entity_event.other IS 'merged: what it became part of; split: what it was part of.';
COMMENT ON COLUMN entity_event.position IS 'Of the journal''s entry that caused it.';
COMMENT ON COLUMN entity_event.cause IS 'put, withdraw, setting, decision: what the entry was; feed and record_id name the record when it was one.';
COMMENT ON COLUMN entity_event.edge IS 'JSON, of a merge: {"a":{"feed","id","ref"},"b","weight","word"}, the edge that joined; word: people said so.';

CREATE VIEW entity_event_text AS
SELECT entity, event, other, to_timestamp(at / 1e6) AS at, position, cause, feed, record_id, actor, edge
FROM entity_event;
COMMENT ON VIEW entity_event_text IS 'Merges and splits with times as timestamps.';

-- What happened before this table was there is not in it: the projections are made anew once.
UPDATE projected SET position = 0;
