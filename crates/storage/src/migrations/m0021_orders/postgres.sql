CREATE TABLE orders (
    id UUID PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
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
    CHECK ((status = 'PROCESSING') = (open_units > 0))
);
CREATE INDEX ix_orders_user ON orders (user_id, created_at, id);
CREATE INDEX ix_orders_created ON orders (created_at, id);

CREATE TABLE order_items (
    id UUID PRIMARY KEY,
    order_id UUID NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    game_id UUID NOT NULL REFERENCES games (id) ON DELETE RESTRICT,
    position BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    price_cents BIGINT NOT NULL,
    UNIQUE (order_id, game_id),
    CHECK (quantity > 0 AND price_cents >= 0)
);
CREATE INDEX ix_order_items_game ON order_items (game_id);

CREATE TABLE units (
    id UUID PRIMARY KEY,
    order_id UUID NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    game_id UUID NOT NULL REFERENCES games (id) ON DELETE RESTRICT,
    position BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- The key that is claimed for it, or that it got.
    own_key_id UUID REFERENCES own_keys (id) ON DELETE RESTRICT,
    -- The offer of which it holds a copy reserved.
    reserved_offer_id UUID REFERENCES offers (id) ON DELETE RESTRICT,
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
    CHECK ((next_at IS NOT NULL) = (state IN ('ready', 'planned')))
);
-- A key belongs to one unit at a time.
CREATE UNIQUE INDEX ix_units_own_key ON units (own_key_id) WHERE own_key_id IS NOT NULL AND state <> 'refunded';
CREATE INDEX ix_units_due ON units (next_at, order_id) WHERE next_at IS NOT NULL;
CREATE INDEX ix_units_deadline ON units (deadline_at, order_id) WHERE next_at IS NOT NULL;
CREATE INDEX ix_units_reserved ON units (reserved_offer_id) WHERE reserved_offer_id IS NOT NULL;
CREATE INDEX ix_units_game ON units (game_id);

CREATE TABLE refunds (
    id UUID PRIMARY KEY,
    unit_id UUID NOT NULL REFERENCES units (id) ON DELETE RESTRICT,
    amount_cents BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    CHECK (amount_cents > 0)
);
CREATE INDEX ix_refunds_unit ON refunds (unit_id);

-- The time line of an order: what happened, by whom, and why.
CREATE TABLE order_events (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id UUID NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    unit_id UUID REFERENCES units (id) ON DELETE RESTRICT,
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
    order_id UUID NOT NULL REFERENCES orders (id) ON DELETE RESTRICT,
    body TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (caller, route, key)
);
CREATE INDEX ix_idempotency_keys_at ON idempotency_keys (at);
CREATE INDEX ix_idempotency_keys_order ON idempotency_keys (order_id);

ALTER TABLE transfers ADD COLUMN order_id UUID REFERENCES orders (id) ON DELETE RESTRICT;
ALTER TABLE transfers ADD COLUMN unit_id UUID REFERENCES units (id) ON DELETE RESTRICT;
CREATE INDEX ix_transfers_order ON transfers (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX ix_transfers_unit ON transfers (unit_id, kind, amount_cents) WHERE unit_id IS NOT NULL;

-- What a unit got back is the sum of its refunds, and nothing else.
CREATE FUNCTION transfers_refund_units() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE units SET refunded_cents = refunded_cents + NEW.amount_cents WHERE id = NEW.unit_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a refund names its unit';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER transfers_refund_units AFTER INSERT ON transfers
FOR EACH ROW WHEN (NEW.kind = 'refund') EXECUTE FUNCTION transfers_refund_units();

CREATE FUNCTION units_begin_unrefunded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.refunded_cents <> 0 THEN
        RAISE EXCEPTION 'a unit begins without a refund';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER units_begin_unrefunded BEFORE INSERT ON units
FOR EACH ROW EXECUTE FUNCTION units_begin_unrefunded();

CREATE FUNCTION units_refunded_by_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.paid_cents, NEW.vat_cents, NEW.id) <> (OLD.paid_cents, OLD.vat_cents, OLD.id)
        OR NEW.refunded_cents <> (
            SELECT COALESCE(SUM(t.amount_cents), 0) FROM transfers t WHERE t.unit_id = NEW.id AND t.kind = 'refund'
        )
    THEN
        RAISE EXCEPTION 'what was paid for a unit never changes, and what it got back changes by transfers alone';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER units_refunded_by_transfers BEFORE UPDATE OF refunded_cents, paid_cents, vat_cents, id ON units
FOR EACH ROW EXECUTE FUNCTION units_refunded_by_transfers();

ALTER TABLE transfers ENABLE ALWAYS TRIGGER transfers_refund_units;
ALTER TABLE units ENABLE ALWAYS TRIGGER units_begin_unrefunded;
ALTER TABLE units ENABLE ALWAYS TRIGGER units_refunded_by_transfers;

INSERT INTO ledger_accounts (code, kind, currency)
VALUES ('orders_open', 'orders_open', 'EUR'), ('sales', 'sales', 'EUR');
