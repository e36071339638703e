//! Tables for accounts, sign-ins, guests, carts and wishlists, and for limits on attempts.

use sea_orm::sea_query::{
    ColumnDef, Expr, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, IndexCreateStatement, Table,
    TableCreateStatement,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for table in [
        users(),
        sessions(),
        refresh_tokens(),
        guest_sessions(),
        cart_lines(),
        wishes(),
        tickets(),
        recovery_codes(),
        security_events(),
        throttles(),
    ] {
        tx.execute(&table).await?;
    }
    for (table, columns) in UNIQUE {
        tx.execute(&index("ux", table, columns).unique().to_owned()).await?;
    }
    for (table, columns) in INDEXED {
        tx.execute(&index("ix", table, columns)).await?;
    }
    Ok(())
}

type Columns = &'static [&'static str];

const UNIQUE: [(&str, Columns); 6] = [
    ("users", &["email"]),
    ("guest_sessions", &["secret_hash"]),
    // A guest's rows have no user, and vice versa: a unique index allows any number of rows with NULL.
    ("cart_lines", &["user_id", "game_id"]),
    ("cart_lines", &["guest_id", "game_id"]),
    ("wishes", &["user_id", "game_id"]),
    ("wishes", &["guest_id", "game_id"]),
];

const INDEXED: [(&str, Columns); 12] = [
    ("sessions", &["user_id"]),
    ("sessions", &["expires_at"]),
    ("refresh_tokens", &["session_id"]),
    ("guest_sessions", &["taken_by"]),
    ("guest_sessions", &["used_at"]),
    ("cart_lines", &["game_id"]),
    ("wishes", &["game_id"]),
    ("tickets", &["user_id", "purpose"]),
    ("tickets", &["expires_at"]),
    ("recovery_codes", &["user_id"]),
    ("security_events", &["user_id", "at"]),
    ("security_events", &["at"]),
];

fn index(prefix: &str, table: &'static str, columns: Columns) -> IndexCreateStatement {
    let mut index = Index::create()
        .name(format!("{prefix}_{table}_{}", columns.join("_")))
        .table(table)
        .to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

fn id() -> ColumnDef {
    ColumnDef::new("id").uuid().not_null().primary_key().to_owned()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

fn text_or_none(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}

fn number_or_none(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}

fn of(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().to_owned()
}

fn of_or_none(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().to_owned()
}

/// A foreign key that deletes the row with the row that it refers to.
fn to(from: &'static str, column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(from, column)
        .to(table, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn table(name: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create().table(name).to_owned();
    for mut column in columns {
        table.col(&mut column);
    }
    table
}

fn users() -> TableCreateStatement {
    table(
        "users",
        [
            id(),
            text("email"),
            text("password_hash"),
            text("nickname"),
            text_or_none("first_name"),
            text_or_none("last_name"),
            text_or_none("avatar"),
            text("role"),
            number_or_none("email_verified_at"),
            // Sealed; exists before it is confirmed, and is in force once `totp_since` is set.
            text_or_none("totp_secret"),
            number_or_none("totp_since"),
            // The last time step whose code was used: none is used twice.
            number("totp_step"),
            number("created_at"),
            number("updated_at"),
        ],
    )
}

fn sessions() -> TableCreateStatement {
    let columns = [
        id(),
        of("user_id"),
        number("created_at"),
        number("seen_at"),
        number("expires_at"),
        text("address"),
        text("device"),
    ];
    table("sessions", columns)
        .foreign_key(&mut to("sessions", "user_id", "users"))
        .to_owned()
}

fn refresh_tokens() -> TableCreateStatement {
    let columns = [
        text("hash").primary_key().to_owned(),
        of("session_id"),
        number("issued_at"),
        number_or_none("used_at"),
    ];
    table("refresh_tokens", columns)
        .foreign_key(&mut to("refresh_tokens", "session_id", "sessions"))
        .to_owned()
}

fn guest_sessions() -> TableCreateStatement {
    let columns = [
        id(),
        text("secret_hash"),
        number("created_at"),
        number("used_at"),
        of_or_none("taken_by"),
        number_or_none("taken_at"),
    ];
    table("guest_sessions", columns)
        .foreign_key(&mut to("guest_sessions", "taken_by", "users"))
        .to_owned()
}

/// Rows that belong either to a user or to a guest.
fn owned(name: &'static str, more: Vec<ColumnDef>) -> TableCreateStatement {
    let one_owner = Expr::cust("(user_id IS NULL) <> (guest_id IS NULL)");
    let columns = [id(), of_or_none("user_id"), of_or_none("guest_id"), of("game_id")];
    table(name, columns.into_iter().chain(more))
        .check(one_owner)
        .foreign_key(&mut to(name, "user_id", "users"))
        .foreign_key(&mut to(name, "guest_id", "guest_sessions"))
        .foreign_key(&mut to(name, "game_id", "games"))
        .to_owned()
}

fn cart_lines() -> TableCreateStatement {
    let quantity = number("quantity")
        .check(Expr::cust("quantity BETWEEN 1 AND 99"))
        .to_owned();
    owned("cart_lines", vec![quantity, number("added_at")])
}

fn wishes() -> TableCreateStatement {
    owned("wishes", vec![number("added_at")])
}

fn tickets() -> TableCreateStatement {
    let columns = [
        text("hash").primary_key().to_owned(),
        of("user_id"),
        text("purpose"),
        number("attempts"),
        number("expires_at"),
    ];
    table("tickets", columns)
        .foreign_key(&mut to("tickets", "user_id", "users"))
        .to_owned()
}

fn recovery_codes() -> TableCreateStatement {
    table("recovery_codes", [text("hash").primary_key().to_owned(), of("user_id")])
        .foreign_key(&mut to("recovery_codes", "user_id", "users"))
        .to_owned()
}

/// Without a foreign key to the account: events remain after the account is deleted.
fn security_events() -> TableCreateStatement {
    let columns = [
        id(),
        number("at"),
        of_or_none("user_id"),
        text("kind"),
        text("address"),
        text("device"),
    ];
    table("security_events", columns)
}

fn throttles() -> TableCreateStatement {
    table("throttles", [text("name").primary_key().to_owned(), number("free_at")])
}
