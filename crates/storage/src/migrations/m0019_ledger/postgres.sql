CREATE TABLE ledger_accounts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    user_id UUID REFERENCES users (id) ON DELETE RESTRICT,
    currency TEXT NOT NULL,
    balance_cents BIGINT NOT NULL DEFAULT 0,
    last_transfer BIGINT NOT NULL DEFAULT 0,
    UNIQUE (id, currency),
    CHECK ((kind = 'wallet') = (code LIKE 'wallet:%')),
    CHECK (kind <> 'wallet' OR user_id IS NOT NULL),
    CHECK (kind <> 'wallet' OR balance_cents >= 0),
    CHECK (kind = 'wallet' OR (balance_cents = 0 AND last_transfer = 0))
);
CREATE UNIQUE INDEX ix_ledger_accounts_wallet ON ledger_accounts (user_id) WHERE kind = 'wallet';

CREATE TABLE transfers (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
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
    CHECK (amount_cents > 0)
);
CREATE INDEX ix_transfers_debit ON transfers (debit, seq, amount_cents);
CREATE INDEX ix_transfers_credit ON transfers (credit, seq, amount_cents);

CREATE FUNCTION transfers_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'transfers are only ever added'; END $$;
CREATE TRIGGER transfers_no_update BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
FOR EACH STATEMENT EXECUTE FUNCTION transfers_only_added();

CREATE FUNCTION transfers_move_wallets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_accounts SET balance_cents = balance_cents - NEW.amount_cents, last_transfer = NEW.seq
    WHERE id = NEW.debit AND kind = 'wallet';
    UPDATE ledger_accounts SET balance_cents = balance_cents + NEW.amount_cents, last_transfer = NEW.seq
    WHERE id = NEW.credit AND kind = 'wallet';
    RETURN NULL;
END $$;
CREATE TRIGGER transfers_move_wallets AFTER INSERT ON transfers
FOR EACH ROW EXECUTE FUNCTION transfers_move_wallets();

CREATE FUNCTION ledger_accounts_begin_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.balance_cents <> 0 OR NEW.last_transfer <> 0 THEN
        RAISE EXCEPTION 'an account of the ledger begins empty';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_accounts_begin_empty BEFORE INSERT ON ledger_accounts
FOR EACH ROW EXECUTE FUNCTION ledger_accounts_begin_empty();

CREATE FUNCTION ledger_accounts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'accounts of the ledger are never deleted'; END $$;
CREATE TRIGGER ledger_accounts_no_delete BEFORE DELETE OR TRUNCATE ON ledger_accounts
FOR EACH STATEMENT EXECUTE FUNCTION ledger_accounts_stay();

-- A balance moves by one transfer that has not moved it yet, and by nothing else.
CREATE FUNCTION ledger_accounts_move_by_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.code, NEW.kind, NEW.currency) <> (OLD.id, OLD.code, OLD.kind, OLD.currency)
        OR NEW.user_id IS DISTINCT FROM OLD.user_id
        OR NEW.last_transfer <= OLD.last_transfer
        OR NOT EXISTS (
            SELECT 1 FROM transfers t
            WHERE t.seq = NEW.last_transfer AND NEW.id IN (t.debit, t.credit)
                AND NEW.balance_cents
                    = OLD.balance_cents + CASE WHEN t.credit = NEW.id THEN t.amount_cents ELSE -t.amount_cents END
        )
    THEN
        RAISE EXCEPTION 'a balance moves by transfers alone';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_accounts_move_by_transfers BEFORE UPDATE ON ledger_accounts
FOR EACH ROW EXECUTE FUNCTION ledger_accounts_move_by_transfers();

-- Also for a session that replays another database's changes.
ALTER TABLE transfers ENABLE ALWAYS TRIGGER transfers_no_update;
ALTER TABLE transfers ENABLE ALWAYS TRIGGER transfers_move_wallets;
ALTER TABLE ledger_accounts ENABLE ALWAYS TRIGGER ledger_accounts_begin_empty;
ALTER TABLE ledger_accounts ENABLE ALWAYS TRIGGER ledger_accounts_no_delete;
ALTER TABLE ledger_accounts ENABLE ALWAYS TRIGGER ledger_accounts_move_by_transfers;

INSERT INTO ledger_accounts (code, kind, currency) VALUES ('cash', 'cash', 'EUR'), ('goodwill', 'goodwill', 'EUR');
INSERT INTO ledger_accounts (code, kind, user_id, currency)
SELECT 'wallet:' || CAST(id AS TEXT), 'wallet', id, 'EUR' FROM users;
