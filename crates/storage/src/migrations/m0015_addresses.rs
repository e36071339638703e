//! E-mail addresses in their normal form, and counters of what became of mails.

use domain::email::EmailAddress;
use sea_orm::sea_query::{ColumnDef, Query, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use uuid::Uuid;

use crate::mails::MailOutcome;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    normalise(tx).await?;
    let counters = Table::create()
        .table("mail_outcomes")
        .col(ColumnDef::new("outcome").text().not_null().primary_key())
        .col(ColumnDef::new("mails").big_integer().not_null())
        .to_owned();
    tx.execute(&counters).await?;
    for outcome in MailOutcome::ALL {
        let insert = Query::insert()
            .into_table("mail_outcomes")
            .columns(["outcome", "mails"])
            .values_panic([outcome.as_str().into(), 0.into()])
            .to_owned();
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Of two accounts of one mailbox one has the normal form: the one that was registered with it, or else the older one. The
/// other keeps the address under which it was registered, and is found by it alone. So does an account whose address is none
/// any more.
async fn normalise(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let all = Statement::from_string(backend, "SELECT id, email FROM users ORDER BY created_at, id");
    for row in tx.query_all_raw(all).await? {
        let (id, stored): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "email")?);
        let Some(email) = EmailAddress::parse(&stored).filter(|email| email.as_str() != stored) else {
            continue;
        };
        let rename = "UPDATE users SET email = $2 WHERE id = $1 AND NOT EXISTS \
                      (SELECT other.id FROM users other WHERE other.email = $2)";
        let values = [id.into(), email.as_str().into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, rename, values))
            .await?;
    }
    Ok(())
}
