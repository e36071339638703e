//! The check of the trail: every entry, their order, the head, and the head that the data folder remembers.

use futures::future::BoxFuture;
use storage::trail::{StoredEntry, TrailHead};
use uuid::Uuid;

use super::chain::ChainKey;
use crate::{Error, TrailService};

/// Entries that are read at once.
const AT_ONCE: u32 = 1_000;
/// Findings that are told; the first says most.
const TOLD_MAX: usize = 20;

/// A head that was written down outside the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHead {
    /// The trail's id.
    pub trail: Uuid,
    /// The number of the last entry then.
    pub seq: u64,
    /// Its code.
    pub mac: String,
}

/// What the check of the trail found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailAudit {
    /// Entries that were read.
    pub entries: u64,
    /// Of these, entries whose values were deleted with a person.
    pub erased: u64,
    /// What is wrong, at most twenty findings; empty when all of it holds.
    pub findings: Vec<String>,
}

/// The state of a check.
struct Check<'a> {
    key: &'a ChainKey,
    known: Option<&'a KnownHead>,
    /// The number of the last entry that was read.
    seq: u64,
    /// Its code.
    mac: String,
    /// An entry after the head that follows rightly.
    beyond: Option<u64>,
    audit: TrailAudit,
}

impl<'a> TrailService<'a> {
    /// The head of the trail, to be written down outside the database; `None` before the first entry.
    pub fn head(self) -> BoxFuture<'a, Result<Option<KnownHead>, Error>> {
        Box::pin(async move {
            let head = self.shop.db().trail().head().await?;
            Ok(head.map(|head| KnownHead {
                trail: head.trail,
                seq: head.seq,
                mac: head.mac,
            }))
        })
    }

    /// Checks every entry, and that the trail goes on from the head that was written down, if there is one.
    pub fn verify(self, known: Option<&'a KnownHead>) -> BoxFuture<'a, Result<TrailAudit, Error>> {
        Box::pin(async move {
            // The head first: entries that are added meanwhile are after it.
            let Some(head) = self.shop.db().trail().head().await? else {
                let orphans = self.shop.db().trail().chain(0, 1).await?;
                return Ok(without_head(!orphans.is_empty(), known));
            };
            let key = match self.shop.chain_key(&head) {
                Ok(key) => key,
                Err(Error::Internal(_)) => {
                    return Ok(TrailAudit {
                        findings: vec!["the head was changed: its key does not open".to_owned()],
                        ..TrailAudit::default()
                    });
                }
                Err(error) => return Err(error),
            };
            let mut check = Check {
                key: &key,
                known,
                seq: 0,
                mac: String::new(),
                beyond: None,
                audit: TrailAudit::default(),
            };
            loop {
                let entries = self.shop.db().trail().chain(check.seq, AT_ONCE).await?;
                let is_last = entries.len() < AT_ONCE as usize;
                let up_to_head = entries.iter().take_while(|entry| entry.0.seq <= head.seq);
                up_to_head.for_each(|entry| check.entry(entry));
                if let Some((next, _)) = entries.iter().find(|entry| entry.0.seq > head.seq) {
                    check.beyond = Some(next.seq);
                    break;
                }
                if is_last {
                    break;
                }
            }
            // Added since the head was read, or never under a head.
            if let Some(beyond) = check.beyond {
                let later = self.shop.db().trail().head().await?;
                if later.is_none_or(|later| later.seq < beyond) {
                    check.find(format!(
                        "the head was changed: it says entry {}, and entry {beyond} follows",
                        head.seq
                    ));
                }
            }
            Ok(check.end(&head))
        })
    }
}

impl Check<'_> {
    fn find(&mut self, finding: String) {
        if self.audit.findings.len() < TOLD_MAX {
            self.audit.findings.push(finding);
        }
    }

    fn entry(&mut self, (row, values): &StoredEntry) {
        self.audit.entries += 1;
        let follows = row.seq == self.seq + 1;
        match (follows, self.seq + 2 == row.seq) {
            (true, _) => {}
            (false, true) => self.find(format!("entry {} is missing", self.seq + 1)),
            (false, false) => self.find(format!("entries {} to {} are missing", self.seq + 1, row.seq - 1)),
        }
        let has_changed = match values {
            Some(values) => self.key.of_values(values) != row.values_mac,
            None => {
                self.audit.erased += u64::from(!row.values_mac.is_empty());
                false
            }
        };
        if row.content_mac != self.key.of_content(row) {
            self.find(format!("entry {} was changed", row.seq));
        } else if has_changed {
            self.find(format!("the values of entry {} were changed", row.seq));
        } else if follows && row.mac != self.key.of_link(row.seq, &self.mac, &row.content_mac) {
            self.find(format!("entry {} is not in its place: the order was changed", row.seq));
        }
        if let Some(known) = self.known
            && known.seq == row.seq
            && known.mac != row.mac
        {
            self.find(format!(
                "entry {} is not the one that the data folder remembers",
                row.seq
            ));
        }
        self.seq = row.seq;
        self.mac.clone_from(&row.mac);
    }

    fn end(mut self, head: &TrailHead) -> TrailAudit {
        if self.seq < head.seq {
            self.find(format!(
                "the tail was cut: the head says entry {}, the last one is {}",
                head.seq, self.seq
            ));
        } else if self.seq == head.seq && self.mac != head.mac {
            self.find(format!(
                "the head was changed: it does not bear the code of entry {}",
                head.seq
            ));
        }
        match self.known {
            Some(known) if known.trail != head.trail => {
                self.find("the trail was replaced: the data folder remembers another one".to_owned());
            }
            Some(known) if known.seq > self.seq.max(head.seq) => {
                self.find(format!(
                    "the tail was cut: the data folder remembers entry {}, the last one is {}",
                    known.seq, self.seq
                ));
            }
            _ => {}
        }
        self.audit
    }
}

/// Of a database without a head.
fn without_head(has_entries: bool, known: Option<&KnownHead>) -> TrailAudit {
    let mut findings = Vec::new();
    if has_entries {
        findings.push("the head is missing".to_owned());
    }
    if let Some(known) = known.filter(|known| known.seq > 0) {
        findings.push(format!(
            "the tail was cut: the data folder remembers entry {}, and there is no trail",
            known.seq
        ));
    }
    TrailAudit {
        findings,
        ..TrailAudit::default()
    }
}
