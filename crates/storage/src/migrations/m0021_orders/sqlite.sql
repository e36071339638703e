CREATE TABLE orders (
    id BLOB PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    subtotal_cents BIGINT NOT NULL,
    total_cents BIGINT NOT NULL,
    open_units BIGINT NOT NULL,
    -- Equal for orders of the same games and quantities.
    basket TEXT NOT NULL,
    consent_version TEXT,
    consent_accepted BOOLEAN,
    created_at BIGINT NOT NULL,
    completed_at BIGINT,
    CHECK (status IN ('PROCESSING', 'COMPLETED', 'CANCELLED', 'FAILED')),
    CHECK (payment_status IN ('COMPLETED', 'CANCELLED')),
    CHECK (total_cents BETWEEN 0 AND subtotal_cents),
    CHECK (open_units >= 0),
    CHECK ((status = 'PROCESSING') = (open_units > 0)),
    CHECK (typeof(subtotal_cents) = 'integer' AND typeof(total_cents) = 'integer' AND typeof(open_units) = 'integer' AND typeof(created_at) = 'integer')
);
CREATE INDEX ix_orders_user ON orders (user_id, created_at, id);
CREATE INDEX ix_orders_created ON orders (created_at, id);

CREATE TABLE order_items (
    id BLOB PRIMARY KEY,
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    game_id BLOB NOT NULL REFERENCES games (id) ON DELETE RESTRICT,
    position BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    price_cents BIGINT NOT NULL,
    UNIQUE (order_id, game_id),
    CHECK (quantity > 0 AND price_cents >= 0),
    CHECK (typeof(position) = 'integer' AND typeof(quantity) = 'integer' AND typeof(price_cents) = 'integer')
);
CREATE INDEX ix_order_items_game ON order_items (game_id);

CREATE TABLE units (
    id BLOB PRIMARY KEY,
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    game_id BLOB NOT NULL REFERENCES games (id) ON DELETE RESTRICT,
    position BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- The key that is claimed for it, or that it got.
    own_key_id BLOB REFERENCES own_keys (id) ON DELETE RESTRICT,
    -- The offer of which it holds a copy reserved.
    reserved_offer_id BLOB REFERENCES offers (id) ON DELETE RESTRICT,
    paid_cents BIGINT NOT NULL,
    vat_cents BIGINT NOT NULL,
    tax_country TEXT,
    tax_rate BIGINT NOT NULL,
    refunded_cents BIGINT NOT NULL DEFAULT 0,
    ended_by TEXT,
    delivered_at BIGINT,
    revealed_at BIGINT,
    -- When somebody has to look at it; null once nobody has to.
    next_at BIGINT,
    deadline_at BIGINT NOT NULL,
    UNIQUE (order_id, position),
    CHECK (state IN ('ready', 'planned', 'delivered', 'refunded')),
    CHECK (ended_by IN ('customer', 'staff', 'deadline')),
    CHECK (paid_cents >= 0 AND vat_cents BETWEEN 0 AND paid_cents),
    CHECK (refunded_cents BETWEEN 0 AND paid_cents),
    CHECK (tax_country IS NOT NULL OR tax_rate = 0),
    CHECK (state NOT IN ('ready', 'delivered') OR own_key_id IS NOT NULL),
    CHECK (state <> 'planned' OR (reserved_offer_id IS NOT NULL AND own_key_id IS NULL)),
    CHECK (state IN ('ready', 'planned') OR reserved_offer_id IS NULL),
    CHECK (state <> 'delivered' OR delivered_at IS NOT NULL),
    CHECK (revealed_at IS NULL OR delivered_at IS NOT NULL),
    CHECK ((state = 'refunded') = (ended_by IS NOT NULL)),
    CHECK ((next_at IS NOT NULL) = (state IN ('ready', 'planned'))),
    CHECK (typeof(position) = 'integer' AND typeof(paid_cents) = 'integer' AND typeof(vat_cents) = 'integer' AND typeof(tax_rate) = 'integer' AND typeof(refunded_cents) = 'integer' AND typeof(deadline_at) = 'integer')
);
-- A key belongs to one unit at a time.
CREATE UNIQUE INDEX ix_units_own_key ON units (own_key_id) WHERE own_key_id IS NOT NULL AND state <> 'refunded';
CREATE INDEX ix_units_due ON units (next_at, order_id) WHERE next_at IS NOT NULL;
CREATE INDEX ix_units_deadline ON units (deadline_at, order_id) WHERE next_at IS NOT NULL;
CREATE INDEX ix_units_reserved ON units (reserved_offer_id) WHERE reserved_offer_id IS NOT NULL;
CREATE INDEX ix_units_game ON units (game_id);

CREATE TABLE refunds (
    id BLOB PRIMARY KEY,
    unit_id BLOB NOT NULL REFERENCES units (id) ON DELETE RESTRICT,
    amount_cents BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    CHECK (amount_cents > 0),
    CHECK (typeof(amount_cents) = 'integer' AND typeof(at) = 'integer')
);
CREATE INDEX ix_refunds_unit ON refunds (unit_id);

-- The time line of an order: what happened, by whom, and why.
CREATE TABLE order_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    unit_id BLOB REFERENCES units (id) ON DELETE RESTRICT,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX ix_order_events_order ON order_events (order_id, seq);

-- What a request with an idempotency key was answered; body is null until its order was delivered.
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    order_id BLOB NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    body TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (caller, route, key)
);
CREATE INDEX ix_idempotency_keys_at ON idempotency_keys (at);
CREATE INDEX ix_idempotency_keys_order ON idempotency_keys (order_id);

ALTER TABLE transfers ADD COLUMN order_id BLOB REFERENCES orders (id) ON DELETE RESTRICT;
ALTER TABLE transfers ADD COLUMN unit_id BLOB REFERENCES units (id) ON DELETE RESTRICT;
CREATE INDEX ix_transfers_order ON transfers (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX ix_transfers_unit ON transfers (unit_id, kind, amount_cents) WHERE unit_id IS NOT NULL;

-- What a unit got back is the sum of its refunds, and nothing else.
CREATE TRIGGER transfers_refund_units AFTER INSERT ON transfers WHEN NEW.kind = 'refund'
BEGIN
    SELECT RAISE(ABORT, 'a refund names its unit') WHERE NOT EXISTS (SELECT 1 FROM units WHERE id = NEW.unit_id);
    UPDATE units SET refunded_cents = refunded_cents + NEW.amount_cents WHERE id = NEW.unit_id;
END;
CREATE TRIGGER units_begin_unrefunded BEFORE INSERT ON units
BEGIN
    SELECT RAISE(ABORT, 'a unit begins without a refund, and is never replaced')
    WHERE NEW.refunded_cents <> 0 OR EXISTS (
        SELECT 1 FROM units u
        WHERE u.id = NEW.id OR (u.order_id = NEW.order_id AND u.position = NEW.position)
            OR (u.own_key_id = NEW.own_key_id AND u.state <> 'refunded' AND NEW.state <> 'refunded')
    );
END;
CREATE TRIGGER units_refunded_by_transfers BEFORE UPDATE OF refunded_cents, paid_cents, vat_cents, id ON units
WHEN NEW.refunded_cents <> OLD.refunded_cents OR NEW.paid_cents <> OLD.paid_cents OR NEW.vat_cents <> OLD.vat_cents
    OR NEW.id <> OLD.id
BEGIN
    SELECT RAISE(ABORT, 'what was paid for a unit never changes, and what it got back changes by transfers alone')
    WHERE NEW.paid_cents <> OLD.paid_cents OR NEW.vat_cents <> OLD.vat_cents OR NEW.id <> OLD.id
        OR NEW.refunded_cents <> (
            SELECT COALESCE(SUM(t.amount_cents), 0) FROM transfers t WHERE t.unit_id = NEW.id AND t.kind = 'refund'
        );
END;

INSERT INTO ledger_accounts (code, kind, currency)
VALUES ('orders_open', 'orders_open', 'EUR'), ('sales', 'sales', 'EUR');
