CREATE TABLE ledger_accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    user_id BLOB REFERENCES users (id) ON DELETE RESTRICT,
    currency TEXT NOT NULL,
    balance_cents BIGINT NOT NULL DEFAULT 0,
    last_transfer BIGINT NOT NULL DEFAULT 0,
    UNIQUE (id, currency),
    CHECK (typeof(balance_cents) = 'integer' AND typeof(last_transfer) = 'integer'),
    CHECK ((kind = 'wallet') = (code LIKE 'wallet:%')),
    CHECK (kind <> 'wallet' OR user_id IS NOT NULL),
    CHECK (kind <> 'wallet' OR balance_cents >= 0),
    CHECK (kind = 'wallet' OR (balance_cents = 0 AND last_transfer = 0))
);
CREATE UNIQUE INDEX ix_ledger_accounts_wallet ON ledger_accounts (user_id) WHERE kind = 'wallet';

CREATE TABLE transfers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    debit BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount_cents BIGINT NOT NULL,
    source_type TEXT NOT NULL,
    source_id TEXT NOT NULL,
    leg SMALLINT NOT NULL,
    actor TEXT NOT NULL,
    UNIQUE (source_type, source_id, leg),
    FOREIGN KEY (debit, currency) REFERENCES ledger_accounts (id, currency) ON DELETE RESTRICT,
    FOREIGN KEY (credit, currency) REFERENCES ledger_accounts (id, currency) ON DELETE RESTRICT,
    CHECK (debit <> credit),
    CHECK (amount_cents > 0),
    CHECK (typeof(amount_cents) = 'integer' AND typeof(at) = 'integer' AND typeof(leg) = 'integer')
);
CREATE INDEX ix_transfers_debit ON transfers (debit, seq, amount_cents);
CREATE INDEX ix_transfers_credit ON transfers (credit, seq, amount_cents);

-- INSERT OR REPLACE deletes the old row without asking its triggers, and a program may have foreign keys switched off.
CREATE TRIGGER transfers_only_added BEFORE INSERT ON transfers
BEGIN
    SELECT RAISE(ABORT, 'a transfer is never replaced')
    WHERE EXISTS (
        SELECT 1 FROM transfers t
        WHERE t.seq = NEW.seq OR t.id = NEW.id
            OR (t.source_type = NEW.source_type AND t.source_id = NEW.source_id AND t.leg = NEW.leg)
    );
    SELECT RAISE(ABORT, 'a transfer moves between two accounts of its currency')
    WHERE 2 <> (SELECT COUNT(*) FROM ledger_accounts a WHERE a.id IN (NEW.debit, NEW.credit) AND a.currency = NEW.currency);
END;
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers are only ever added'); END;
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers are only ever added'); END;

CREATE TRIGGER transfers_move_wallets AFTER INSERT ON transfers
BEGIN
    UPDATE ledger_accounts SET balance_cents = balance_cents - NEW.amount_cents, last_transfer = NEW.seq
    WHERE id = NEW.debit AND kind = 'wallet';
    UPDATE ledger_accounts SET balance_cents = balance_cents + NEW.amount_cents, last_transfer = NEW.seq
    WHERE id = NEW.credit AND kind = 'wallet';
END;

CREATE TRIGGER ledger_accounts_begin_empty BEFORE INSERT ON ledger_accounts
BEGIN
    SELECT RAISE(ABORT, 'an account of the ledger begins empty, and is never replaced')
    WHERE NEW.balance_cents <> 0 OR NEW.last_transfer <> 0 OR EXISTS (
        SELECT 1 FROM ledger_accounts a
        WHERE a.id = NEW.id OR a.code = NEW.code OR (NEW.kind = 'wallet' AND a.kind = 'wallet' AND a.user_id = NEW.user_id)
    );
END;
CREATE TRIGGER ledger_accounts_no_delete BEFORE DELETE ON ledger_accounts
BEGIN SELECT RAISE(ABORT, 'accounts of the ledger are never deleted'); END;
-- A balance moves by one transfer that has not moved it yet, and by nothing else.
CREATE TRIGGER ledger_accounts_move_by_transfers BEFORE UPDATE ON ledger_accounts
BEGIN
    SELECT RAISE(ABORT, 'a balance moves by transfers alone')
    WHERE NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.kind <> OLD.kind OR NEW.user_id IS NOT OLD.user_id
        OR NEW.currency <> OLD.currency
        OR NEW.last_transfer <= OLD.last_transfer
        OR NOT EXISTS (
            SELECT 1 FROM transfers t
            WHERE t.seq = NEW.last_transfer AND NEW.id IN (t.debit, t.credit)
                AND NEW.balance_cents
                    = OLD.balance_cents + CASE WHEN t.credit = NEW.id THEN t.amount_cents ELSE -t.amount_cents END
        );
END;

INSERT INTO ledger_accounts (code, kind, currency) VALUES ('cash', 'cash', 'EUR'), ('goodwill', 'goodwill', 'EUR');
INSERT INTO ledger_accounts (code, kind, user_id, currency)
SELECT 'wallet:' || lower(
        substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' || substr(hex(id), 13, 4) || '-'
        || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21)
    ), 'wallet', id, 'EUR'
FROM users;
