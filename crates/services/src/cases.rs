//! Cases: what the shop cannot settle by itself is listed, one row each, until a person settled it.

use domain::case::{self, Case, CaseId, CaseKind, SettledCase};
use domain::id::UnitId;
use domain::listing::{ListPage, ListQuery};
use domain::money::Cents;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use storage::Tx;
use storage::cases::{CaseLine, OpenCases};

use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{CaseService, Error, Shop};

impl<'a> CaseService<'a> {
    /// A page of the cases, with the names of who settled them; see the repository for filters.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<CaseLine>, Error>> {
        Box::pin(async move {
            let mut page = self.shop.db().cases().managed_list(query).await?;
            let settled = |line: &CaseLine| line.case.settled.clone();
            let by: Vec<String> = page.rows.iter().filter_map(settled).map(|settled| settled.by).collect();
            let names = self.shop.actor_names(by.iter().map(String::as_str)).await?;
            for settled in page.rows.iter_mut().filter_map(|line| line.case.settled.as_mut()) {
                settled.by = names.of(&settled.by);
            }
            Ok(page)
        })
    }

    /// One case.
    ///
    /// # Errors
    /// [`Refusal::CaseNotFound`].
    pub fn one(self, id: CaseId) -> BoxFuture<'a, Result<CaseLine, Error>> {
        Box::pin(async move {
            let query = ListQuery {
                filters: vec![("id", id.0.to_string())],
                limit: 1,
                ..ListQuery::default()
            };
            let found = self.managed_list(&query).await?.rows.pop();
            Ok(found.ok_or(Refusal::CaseNotFound)?)
        })
    }

    /// The cases that are open.
    pub fn open_cases(self) -> BoxFuture<'a, Result<OpenCases, Error>> {
        Box::pin(async move { Ok(self.shop.db().cases().open_cases().await?) })
    }

    /// Settles a case: `outcome` says what was done. One that is settled stays as it is.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::Invalid`], [`Refusal::CaseNotFound`], [`Refusal::CaseSettled`].
    pub fn settle(self, id: CaseId, outcome: &'a str, actor: &'a Actor) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), id, case::outcome(outcome)?, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, id, ref outcome, ref actor)| {
                    Box::pin(async move { shop.settle_case(tx, id, outcome, actor).await })
                })
                .await
        })
    }
}

impl Shop {
    /// Opens a case about a unit; `false` if one of its kind is open already.
    pub(crate) async fn open_case(
        &self,
        tx: &Tx,
        kind: CaseKind,
        unit: UnitId,
        at_risk: Cents,
    ) -> Result<bool, Failed> {
        let case = Case {
            id: CaseId(self.parts.ids.fresh()),
            kind,
            unit: Some(unit),
            at_risk,
            opened_at: self.now(),
            settled: None,
        };
        Ok(tx.cases().open(&case).await?)
    }

    async fn settle_case(&self, tx: &mut Tx, id: CaseId, outcome: &str, actor: &Actor) -> Result<(), Failed> {
        self.admit(tx, actor, Permission::edit(Noun::Cases)).await?;
        if !tx.cases().lock(id).await?.ok_or(Refusal::CaseNotFound)? {
            return Err(Refusal::CaseSettled.into());
        }
        let settled = SettledCase {
            at: self.now(),
            by: actor.name(),
            outcome: outcome.to_owned(),
        };
        tx.cases().settle(id, &settled).await?;
        let deed = Deed::new(TrailAction::SettleCase, "case", &id.0)
            .changing(Some("open".to_owned()), Some(outcome.to_owned()));
        self.record(tx, actor, deed).await
    }
}
