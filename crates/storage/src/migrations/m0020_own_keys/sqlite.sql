CREATE TABLE key_imports (
    id BLOB NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    name TEXT NOT NULL,
    undone_at BIGINT,
    CHECK (typeof(id) = 'blob' AND typeof(at) = 'integer' AND typeof(undone_at) IN ('integer', 'null'))
);
CREATE INDEX ix_key_imports_at ON key_imports (at, id);

-- The rows of an import that were not taken, and what became of them.
CREATE TABLE key_import_rows (
    import_id BLOB NOT NULL REFERENCES key_imports (id) ON DELETE RESTRICT,
    line BIGINT NOT NULL,
    fate TEXT NOT NULL,
    PRIMARY KEY (import_id, line),
    CHECK (typeof(line) = 'integer')
);

-- A key that became the shop's otherwise than from a file has no import and no line.
CREATE TABLE own_keys (
    id BLOB NOT NULL PRIMARY KEY,
    game_id BLOB NOT NULL REFERENCES games (id) ON DELETE RESTRICT,
    import_id BLOB REFERENCES key_imports (id) ON DELETE RESTRICT,
    line BIGINT,
    sealed BLOB,
    cost_cents BIGINT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK (state IN ('free', 'claimed', 'delivered', 'withdrawn')),
    CHECK (sealed IS NOT NULL OR state = 'withdrawn'),
    CHECK (cost_cents >= 0),
    CHECK ((import_id IS NULL) = (line IS NULL)),
    CHECK (typeof(id) = 'blob' AND typeof(sealed) IN ('blob', 'null') AND typeof(created_at) = 'integer'),
    CHECK (typeof(cost_cents) IN ('integer', 'null') AND typeof(line) IN ('integer', 'null'))
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
    hash BLOB NOT NULL PRIMARY KEY,
    own_key_id BLOB UNIQUE REFERENCES own_keys (id) ON DELETE RESTRICT,
    CHECK (typeof(hash) = 'blob' AND length(hash) = 32)
);

-- The key of the hashes: drawn once, and kept sealed, so that a new master key changes no hash.
CREATE TABLE key_hashing (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL,
    sealed_key BLOB NOT NULL,
    CHECK (typeof(id) = 'blob' AND typeof(sealed_key) = 'blob')
);

INSERT INTO ledger_accounts (code, kind, currency) VALUES
    ('owner', 'owner', 'EUR'), ('key_stock', 'key_stock', 'EUR'), ('key_cost', 'key_cost', 'EUR'),
    ('supplier_loss', 'supplier_loss', 'EUR');
