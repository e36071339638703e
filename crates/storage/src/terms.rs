//! The names that games are grouped by, as staff manage them, and the names that these replaced.

mod change;

use std::collections::HashMap;

use domain::clock::Timestamp;
use domain::listing::{ListPage, ListQuery};
use domain::term::{Aliases, Term, TermAddresses, TermSlugs, TermText, slug};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::listing::{Conditions, ListSource, SortKind, containing, page};
use crate::tables::TermTables as _;
use crate::{Error, sql};

/// The repository of names.
#[derive(Clone, Copy, Debug)]
pub struct TermRepository<'a, C> {
    conn: &'a C,
}

/// A category, genre, platform or tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedTerm {
    /// Its row.
    pub id: Uuid,
    /// Its name, its slug and its description.
    pub text: TermText,
    /// How many games have it, hidden ones too.
    pub games: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When staff last changed it.
    pub updated_at: Timestamp,
}

macro_rules! sources {
    ($($source:ident: $names:literal, $links:literal;)+) => {$(
        const $source: ListSource = ListSource {
            columns: concat!(
                "n.id, n.name, n.slug, n.description, n.created_at, n.updated_at, \
                 (SELECT COUNT(*) FROM ", $links, " x WHERE x.term_id = n.id) AS games"
            ),
            joins: concat!("JOIN ", $names, " n ON n.id = k.id"),
            table: concat!($names, " l"),
            id: "l.id",
            usual: ("name", "l.name", SortKind::Text),
            others: &[],
        };
    )+};
}

sources! {
    CATEGORIES: "categories", "game_categories";
    GENRES: "genres", "game_genres";
    PLATFORMS: "platforms", "game_platforms";
    TAGS: "tags", "game_tags";
}

const fn source(term: Term) -> &'static ListSource {
    match term {
        Term::Category => &CATEGORIES,
        Term::Genre => &GENRES,
        Term::Platform => &PLATFORMS,
        Term::Tag => &TAGS,
    }
}

impl<'a, C: ConnectionTrait> TermRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// A page of the names of a kind, in their order.
    pub async fn managed_list(&self, term: Term, query: &ListQuery) -> Result<ListPage<ManagedTerm>, Error> {
        let mut conditions = Conditions::default();
        if !query.search.is_empty() {
            let pattern = containing(&query.search.to_lowercase());
            conditions.add("LOWER(l.name) LIKE ? ESCAPE '!'", [pattern.into()]);
        }
        page(self.conn, source(term), query, conditions, managed).await
    }

    /// All names of a kind, in their order.
    pub async fn all(&self, term: Term) -> Result<Vec<ManagedTerm>, Error> {
        let (names, links) = (term.table_name(), term.links_name());
        let text = format!(
            "SELECT n.id, n.name, n.slug, n.description, n.created_at, n.updated_at, COALESCE(c.games, 0) AS games \
             FROM {names} n LEFT JOIN (SELECT term_id, COUNT(*) AS games FROM {links} GROUP BY term_id) c ON c.term_id = n.id \
             ORDER BY n.name, n.id"
        );
        let rows = sql::all(self.conn, &text, []).await?;
        rows.iter().map(managed).collect()
    }

    /// One of the names of a kind.
    pub async fn by_id(&self, term: Term, id: Uuid) -> Result<Option<ManagedTerm>, Error> {
        let text = format!(
            "SELECT {} FROM {} n WHERE n.id = $1",
            source(term).columns,
            term.table_name()
        );
        let found = sql::one(self.conn, &text, [id.into()]).await?;
        found.as_ref().map(managed).transpose()
    }

    /// The name of a kind with this name or this slug, now or before; `except` is left out.
    pub async fn taken_by(&self, term: Term, wanted: &TermText, except: Uuid) -> Result<Option<String>, Error> {
        let (names, aliases) = (term.table_name(), term.aliases_name());
        let text = format!(
            "SELECT n.name FROM {names} n WHERE n.id <> $3 AND (n.name = $1 OR (n.slug = $2 AND $2 <> '')) \
             UNION ALL SELECT n.name FROM {aliases} a JOIN {names} n ON n.id = a.term_id \
             WHERE n.id <> $3 AND ((a.alias = $1 AND NOT a.is_slug) OR (a.alias = $2 AND a.is_slug)) LIMIT 1"
        );
        let values = [wanted.name.as_str().into(), wanted.slug.as_str().into(), except.into()];
        let found = sql::one(self.conn, &text, values).await?;
        Ok(found.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    /// What became of the names that staff renamed, merged or deleted: one statement for all kinds.
    pub async fn aliases(&self) -> Result<Aliases, Error> {
        let found = self.replaced("NOT a.is_slug").await?;
        Ok(Aliases::of(
            found.into_iter().map(|(term, alias, name, _)| (term, alias, name)),
        ))
    }

    /// How addresses name genres and platforms and the other kinds: two statements.
    pub async fn addresses(&self) -> Result<TermAddresses, Error> {
        let (mut aliases, mut old_slugs) = (Vec::new(), HashMap::new());
        for (term, alias, name, is_slug) in self.replaced("TRUE").await? {
            match (is_slug, name) {
                (false, name) => aliases.push((term, alias, name)),
                (true, Some(name)) => {
                    old_slugs.insert((term, alias), name);
                }
                (true, None) => {}
            }
        }
        let named = |term: Term| {
            format!(
                "SELECT '{}' AS kind, name, slug FROM {}",
                term.plural(),
                term.table_name()
            )
        };
        let rows = sql::all(self.conn, &Term::ALL.map(named).join(" UNION ALL "), []).await?;
        let mut slugs = Vec::new();
        for row in rows {
            let (name, chosen): (String, String) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            if chosen != slug(&name) {
                slugs.push((kind(&row)?, name, chosen));
            }
        }
        Ok(TermAddresses {
            aliases: Aliases::of(aliases),
            slugs: TermSlugs::of(slugs),
            old_slugs,
        })
    }

    /// The aliases that fit a condition: kind, alias, what it leads to, whether it is a slug.
    async fn replaced(&self, condition: &str) -> Result<Vec<(Term, String, Option<String>, bool)>, Error> {
        let of_term = |term: Term| {
            let (names, aliases) = (term.table_name(), term.aliases_name());
            format!(
                "SELECT '{}' AS kind, a.alias, n.name, a.is_slug FROM {aliases} a LEFT JOIN {names} n ON n.id = a.term_id \
                 WHERE {condition}",
                term.plural()
            )
        };
        let rows = sql::all(self.conn, &Term::ALL.map(of_term).join(" UNION ALL "), []).await?;
        let found = rows.iter().map(|row| {
            let (alias, name) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            Ok((kind(row)?, alias, name, row.try_get_by_index(3)?))
        });
        found.collect()
    }
}

fn kind(row: &QueryResult) -> Result<Term, Error> {
    let text: String = row.try_get("", "kind")?;
    let found = Term::ALL.into_iter().find(|term| term.plural() == text);
    found.ok_or_else(|| Error::Unreadable {
        table: "aliases",
        reason: format!("kind {text:?}"),
    })
}

fn managed(row: &QueryResult) -> Result<ManagedTerm, Error> {
    Ok(ManagedTerm {
        id: row.try_get("", "id")?,
        text: TermText {
            name: row.try_get("", "name")?,
            slug: row.try_get("", "slug")?,
            description: row.try_get("", "description")?,
        },
        games: row.try_get("", "games")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        updated_at: Timestamp::from_micros(row.try_get("", "updated_at")?),
    })
}
