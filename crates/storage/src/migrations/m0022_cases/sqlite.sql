CREATE TABLE cases (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    unit_id BLOB REFERENCES units (id) ON DELETE RESTRICT,
    -- How much money it is about.
    risk_cents BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    settled_at BIGINT,
    -- Who settled it, and how: null while it is open.
    settled_by TEXT,
    outcome TEXT,
    CHECK (risk_cents >= 0),
    CHECK ((settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (outcome IS NULL))
);
-- What is open is not opened again.
CREATE UNIQUE INDEX ix_cases_open ON cases (kind, unit_id) WHERE settled_at IS NULL;
CREATE INDEX ix_cases_opened ON cases (opened_at, id);
CREATE INDEX ix_cases_unit ON cases (unit_id) WHERE unit_id IS NOT NULL;

INSERT INTO ledger_accounts (code, kind, currency) VALUES ('bank', 'bank', 'EUR');
CREATE INDEX ix_ledger_accounts_balance ON ledger_accounts (balance_cents, user_id) WHERE kind = 'wallet';
CREATE INDEX ix_orders_status ON orders (status, created_at, id);
