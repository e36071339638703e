//! Indexes for the staff's lists of accounts, security events and mails.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

/// Those that the new ones begin with.
const REPLACED: [&str; 3] = [
    "ix_security_events_at",
    "ix_security_events_user_id_at",
    "ix_mails_created_at",
];

/// Each with its table and columns.
const INDEXES: [(&str, &str); 10] = [
    // What is searched stands in it, so that a search reads the index alone.
    ("ix_users_created_at", "users (created_at, id, email, nickname)"),
    (
        "ix_users_blocked",
        "users (created_at, id) WHERE blocked_at IS NOT NULL",
    ),
    ("ix_security_events_at_id", "security_events (at, id)"),
    ("ix_security_events_user_id_at_id", "security_events (user_id, at, id)"),
    ("ix_security_events_kind_at_id", "security_events (kind, at, id)"),
    ("ix_security_events_address_at_id", "security_events (address, at, id)"),
    ("ix_mails_created_at_id", "mails (created_at, id, recipient)"),
    ("ix_mails_state_created_at_id", "mails (state, created_at, id)"),
    ("ix_mails_user_id_created_at_id", "mails (user_id, created_at, id)"),
    ("ix_trail_entries_subject_seq", "trail_entries (subject, seq)"),
];

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for (name, columns) in INDEXES {
        tx.execute_unprepared(&format!("CREATE INDEX {name} ON {columns}"))
            .await?;
    }
    for name in REPLACED {
        tx.execute_unprepared(&format!("DROP INDEX {name}")).await?;
    }
    Ok(())
}
