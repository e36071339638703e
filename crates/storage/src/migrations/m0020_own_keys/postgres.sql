CREATE TABLE key_imports (
    id UUID PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    name TEXT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX ix_key_imports_at ON key_imports (at, id);

-- The rows of an import that were not taken, and what became of them.
CREATE TABLE key_import_rows (
    import_id UUID NOT NULL REFERENCES key_imports (id) ON DELETE RESTRICT,
    line BIGINT NOT NULL,
    fate TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
);

-- A key that became the shop's otherwise than from a file has no import and no line.
CREATE TABLE own_keys (
    id UUID PRIMARY KEY,
    game_id UUID NOT NULL REFERENCES games (id) ON DELETE RESTRICT,
    import_id UUID REFERENCES key_imports (id) ON DELETE RESTRICT,
    line BIGINT,
    sealed BYTEA,
    cost_cents BIGINT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK (state IN ('free', 'claimed', 'delivered', 'withdrawn')),
    CHECK (sealed IS NOT NULL OR state = 'withdrawn'),
    CHECK (cost_cents >= 0),
    CHECK ((import_id IS NULL) = (line IS NULL))
);
-- The oldest free keys of a game.
CREATE INDEX ix_own_keys_free ON own_keys (game_id, created_at, id) WHERE state = 'free';
CREATE INDEX ix_own_keys_import_state ON own_keys (import_id, state, id);
-- In the order of lists.
CREATE INDEX ix_own_keys_import ON own_keys (import_id, created_at, id, state);
CREATE INDEX ix_own_keys_game ON own_keys (game_id, created_at, id, state);
CREATE INDEX ix_own_keys_created_at ON own_keys (created_at, id, state);

-- Whoever inserts a hash first holds that key.
CREATE TABLE key_owners (
    hash BYTEA PRIMARY KEY,
    own_key_id UUID UNIQUE REFERENCES own_keys (id) ON DELETE RESTRICT,
    CHECK (octet_length(hash) = 32)
);

-- The key of the hashes: drawn once, and kept sealed, so that a new master key changes no hash.
CREATE TABLE key_hashing (
    one SMALLINT PRIMARY KEY CHECK (one = 1),
    id UUID NOT NULL,
    sealed_key BYTEA NOT NULL
);

INSERT INTO ledger_accounts (code, kind, currency) VALUES
    ('owner', 'owner', 'EUR'), ('key_stock', 'key_stock', 'EUR'), ('key_cost', 'key_cost', 'EUR'),
    ('supplier_loss', 'supplier_loss', 'EUR');
