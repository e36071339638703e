//! Metadata: named values about this database itself, such as that it belongs to a demo.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::Error;
use crate::tables::ShopMarks;

/// The mark that differs between databases, and from older copies of this one.
pub(crate) const INCARNATION: &str = "incarnation";

/// The repository of metadata.
#[derive(Clone, Copy, Debug)]
pub struct MetadataRepository<'a, C> {
    conn: &'a C,
}

impl<'a, C: ConnectionTrait> MetadataRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The mark of this name.
    pub async fn get(&self, name: &str) -> Result<Option<String>, Error> {
        let select = Query::select()
            .column(ShopMarks::Value)
            .from(ShopMarks::Table)
            .and_where(Expr::col(ShopMarks::Name).eq(name))
            .to_owned();
        let row = self.conn.query_one(&select).await?;
        Ok(row.map(|row| row.try_get("", "value")).transpose()?)
    }
}

impl MetadataRepository<'_, DatabaseTransaction> {
    /// Sets a mark that is not set yet; an existing one stays.
    pub async fn set_once(&self, name: &str, value: &str) -> Result<bool, Error> {
        let insert = Query::insert()
            .into_table(ShopMarks::Table)
            .columns([ShopMarks::Name, ShopMarks::Value])
            .values_panic([name.into(), value.into()])
            .on_conflict(OnConflict::column(ShopMarks::Name).do_nothing().to_owned())
            .to_owned();
        Ok(self.conn.execute(&insert).await?.rows_affected() == 1)
    }

    /// Sets a mark, or replaces it.
    pub async fn set(&self, name: &str, value: &str) -> Result<(), Error> {
        let insert = Query::insert()
            .into_table(ShopMarks::Table)
            .columns([ShopMarks::Name, ShopMarks::Value])
            .values_panic([name.into(), value.into()])
            .on_conflict(
                OnConflict::column(ShopMarks::Name)
                    .update_column(ShopMarks::Value)
                    .to_owned(),
            )
            .to_owned();
        self.conn.execute(&insert).await?;
        Ok(())
    }

    /// Removes a mark; returns what it was.
    pub async fn take(&self, name: &str) -> Result<Option<String>, Error> {
        let value = self.get(name).await?;
        if value.is_some() {
            let delete = Query::delete()
                .from_table(ShopMarks::Table)
                .and_where(Expr::col(ShopMarks::Name).eq(name))
                .to_owned();
            self.conn.execute(&delete).await?;
        }
        Ok(value)
    }
}
