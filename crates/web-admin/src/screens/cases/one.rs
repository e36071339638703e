//! One case: what happened, what can be done about it, and how it was settled.

use domain::case::CaseId;
use domain::refusal::Refusal;
use services::Error;
use services::view::CaseLine;
use web_kit::form::Field;

use super::{EDIT, LIST, READ, about, state};
use crate::kit::cell::Cell;
use crate::kit::sheet::{Block, Sheet};
use crate::kit::{Action, Content, Question, Reason, Screen, Visit};

const SETTLE: &str = "settle-case";

pub(crate) fn one() -> Screen {
    Screen {
        path: "/admin/cases/{id}",
        title: "Case",
        lead: "",
        permission: Some(READ),
        section: None,
        content: Content::Sheet(|visit| Box::pin(async move { Ok(sheet(visit, &found(visit).await?)) })),
        actions: vec![Action {
            name: SETTLE,
            label: "Settle…",
            path: "/admin/cases/{id}/settle",
            permission: EDIT,
            needs_proof: false,
            reason: Reason::Optional,
            ask: |visit| Box::pin(async move { Ok(question(visit, &found(visit).await?)) }),
            run: |visit, data| {
                Box::pin(async move {
                    let id = case_id(visit)?;
                    visit
                        .app
                        .shop
                        .cases()
                        .settle(id, data.get("outcome"), &visit.actor)
                        .await?;
                    Ok(format!("{LIST}/{}", id.0))
                })
            },
            done: "Settled.",
        }],
    }
}

fn case_id(visit: &Visit) -> Result<CaseId, Refusal> {
    visit.id().map(CaseId).ok_or(Refusal::CaseNotFound)
}

async fn found(visit: &Visit) -> Result<CaseLine, Error> {
    visit.app.shop.cases().one(case_id(visit)?).await
}

fn facts(visit: &Visit, line: &CaseLine) -> Block {
    let [order, customer] = about(visit, line);
    let mut facts = vec![
        ("State", state(line)),
        ("At risk", Cell::Money(line.case.at_risk)),
        ("Order", order),
        ("Game", Cell::optional(line.title.as_deref())),
        ("Customer", customer),
        ("Opened", Cell::Time(line.case.opened_at)),
        ("What can be done", Cell::text(line.case.kind.remedy())),
    ];
    if let Some(settled) = &line.case.settled {
        facts.extend([
            ("Settled", Cell::Time(settled.at)),
            ("By", Cell::text(settled.by.as_str())),
            ("How", Cell::text(settled.outcome.as_str())),
        ]);
    }
    Block::Facts { heading: "", facts }
}

fn sheet(visit: &Visit, line: &CaseLine) -> Sheet {
    let is_open = line.case.settled.is_none();
    Sheet {
        title: line.case.kind.title().to_owned(),
        above: vec![(LIST.to_owned(), "Cases".to_owned())],
        actions: if is_open { vec![SETTLE] } else { Vec::new() },
        blocks: vec![facts(visit, line)],
        ..Sheet::default()
    }
}

fn question(visit: &Visit, line: &CaseLine) -> Question {
    Question {
        title: "Settle this case?".to_owned(),
        lead: "It moves no money and no key: do what has to be done first, then say here what that was.".to_owned(),
        back: (format!("{LIST}/{}", line.case.id.0), line.case.kind.title().to_owned()),
        blocks: vec![facts(visit, line)],
        fields: vec![Field::text("outcome", "How it was settled").hinted("Such as: refunded, order 7K2M-93QF.")],
        button: "Settle it",
    }
}
