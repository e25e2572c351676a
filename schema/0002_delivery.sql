-- SPDX-License-Identifier: Apache-2.0
-- Delivery: how far each subscription has got, what was tried, and the secrets that sign. None of it is in the journal, nor made from it: cursors and attempts are written behind the deliveries
-- (after a crash an alert may be sent again, with the same id), and secrets must not be there at all. The subscriptions themselves are entries of the journal.
-- Instants are microseconds since 1970 in UTC.

CREATE TABLE delivery (
    subscription text COLLATE "C" PRIMARY KEY,
    delivered bigint NOT NULL DEFAULT 0,
    acknowledged bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    failing_since bigint NOT NULL DEFAULT 0,
    status integer NOT NULL DEFAULT 0,
    error text NOT NULL DEFAULT '',
    updated_at bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
COMMENT ON TABLE delivery IS 'How far each subscription has got. Distribution column: subscription.';
COMMENT ON COLUMN delivery.delivered IS 'The last event that the webhook took; only grows.';
COMMENT ON COLUMN delivery.acknowledged IS 'The last event that the partner said it has dealt with; only grows.';
COMMENT ON COLUMN delivery.attempts IS 'Of the event after delivered, so far.';
COMMENT ON COLUMN delivery.failing_since IS '0: the last attempt was good.';
COMMENT ON COLUMN delivery.status IS 'Of the last attempt: HTTP''s, 0 when there was no answer.';

CREATE TABLE attempt (
    subscription text COLLATE "C" NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    sequence bigint NOT NULL,
    attempt integer NOT NULL,
    at bigint NOT NULL,
    status integer NOT NULL,
    took_us bigint NOT NULL,
    error text NOT NULL,
    PRIMARY KEY (subscription, id)
);
CREATE INDEX attempt_at ON attempt (at);
COMMENT ON TABLE attempt IS 'Every attempt of every webhook, kept as long as events are. Distribution column: subscription.';
COMMENT ON COLUMN attempt.attempt IS 'Counts those of one event from 1.';

CREATE TABLE secret (
    reference text COLLATE "C" PRIMARY KEY,
    value text NOT NULL,
    private_key text NOT NULL,
    made_at bigint NOT NULL,
    expires_at bigint
);
COMMENT ON TABLE secret IS 'What signs webhooks, by the reference that the journal names.';
COMMENT ON COLUMN secret.value IS 'whsec_…: HMAC-SHA256.';
COMMENT ON COLUMN secret.private_key IS 'whsk_…: ed25519.';
COMMENT ON COLUMN secret.expires_at IS 'When the row may go: a rotation or the subscription''s end sets it.';
