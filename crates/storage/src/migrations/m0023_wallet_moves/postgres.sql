-- One statement for both sides of a transfer. A plan is made for a connection's first transfer and kept: while PostgreSQL did not know yet how
-- many wallets there are, it took the index of all wallets by balance for the way to one of them, and each transfer read the whole
-- index; in a smaller shop the whole table. The kind is compared so that no index of wallets fits, and the table is not read as a whole: an
-- account is found by its id.
CREATE OR REPLACE FUNCTION transfers_move_wallets() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    UPDATE ledger_accounts
    SET balance_cents = balance_cents + CASE id WHEN NEW.credit THEN NEW.amount_cents ELSE -NEW.amount_cents END,
        last_transfer = NEW.seq
    WHERE id IN (NEW.debit, NEW.credit) AND kind || '' = 'wallet';
    RETURN NULL;
END $$;
