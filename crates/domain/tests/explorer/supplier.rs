//! The supplier: what is true there, and what it may answer.

use crate::reply::Reply;
use crate::world::{Call, CallKind, Left};

/// An order at the supplier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct SupplierOrder {
    pub(crate) is_made: bool,
    /// It was offered for what the shop asked for.
    pub(crate) is_in_terms: bool,
    pub(crate) is_lapsed: bool,
    pub(crate) charges: u8,
    /// Its key was handed out, or what was handed out instead.
    pub(crate) is_key_given: bool,
    /// What was handed out is another unit's key.
    pub(crate) is_key_false: bool,
    /// Calls to pay that were sent, and not certainly refused.
    pub(crate) payments: u8,
    /// How often its key was delivered or became stock.
    pub(crate) key_uses: u8,
}

/// What a call may do: the order afterwards, the answer, and what that uses up.
pub(crate) type Effect = (SupplierOrder, Reply, Left);

/// All that a call that reaches the supplier may do.
pub(crate) fn effects(order: SupplierOrder, call: Call, left: Left) -> Vec<Effect> {
    let mut effects = match call.kind {
        CallKind::Order => ordered(order, left),
        CallKind::Pay => charged(order, left),
        CallKind::Look => vec![
            (
                order,
                if order.charges > 0 {
                    Reply::Charged
                } else {
                    Reply::Unpaid
                },
                left,
            ),
            // What it shows lags behind what is true, for as long as it likes.
            (order, Reply::Unpaid, left),
        ],
        CallKind::Key => key_given(order, left),
    };
    if let Some(left) = fault(left) {
        // Each reply may be lost, and the call may fail before it does anything.
        let lost: Vec<Effect> = effects
            .iter()
            .map(|(after, ..)| (*after, Reply::Unknown, left))
            .collect();
        effects.extend(lost);
        effects.push((order, Reply::Unknown, left));
    }
    effects.dedup();
    effects
}

/// What an honest supplier on a good day does.
pub(crate) fn honest(order: SupplierOrder, call: Call) -> (SupplierOrder, Reply) {
    let (after, reply, _) = match call.kind {
        CallKind::Order => ordered(order, Left::default())[0],
        CallKind::Pay => charged(order, Left::default())[0],
        CallKind::Look => {
            let seen = if order.charges > 0 {
                Reply::Charged
            } else {
                Reply::Unpaid
            };
            (order, seen, Left::default())
        }
        CallKind::Key => key_given(order, Left::default())[0],
    };
    (after, reply)
}

fn ordered(order: SupplierOrder, left: Left) -> Vec<Effect> {
    let made = |is_in_terms| SupplierOrder {
        is_made: true,
        is_in_terms,
        ..order
    };
    let mut effects = vec![(made(true), Reply::InTerms, left)];
    if let Some(left) = no(left) {
        effects.push((order, Reply::NoProduct, left));
        effects.push((order, Reply::NoShop, left));
    }
    if let Some(left) = lie(left) {
        effects.push((made(false), Reply::Dearer, left));
        effects.push((made(false), Reply::OutOfTerms, left));
    }
    effects
}

fn charged(order: SupplierOrder, left: Left) -> Vec<Effect> {
    if !order.is_made || order.is_lapsed {
        return vec![(refused(order), Reply::Lapsed, left)];
    }
    let charged = SupplierOrder {
        charges: order.charges + 1,
        ..order
    };
    let mut effects = vec![(charged, Reply::Yes, left)];
    if let Some(left) = no(left) {
        effects.push((refused(order), Reply::NoShop, left));
        let lapsed = SupplierOrder {
            is_lapsed: true,
            ..refused(order)
        };
        effects.push((lapsed, Reply::Lapsed, left));
    }
    effects
}

/// A call to pay was refused: what is certain once its answer arrives.
fn refused(order: SupplierOrder) -> SupplierOrder {
    SupplierOrder {
        payments: order.payments.saturating_sub(1),
        ..order
    }
}

fn key_given(order: SupplierOrder, left: Left) -> Vec<Effect> {
    if order.charges == 0 {
        return vec![(order, Reply::NotReady, left)];
    }
    if order.is_key_given {
        return vec![(order, Reply::Gone, left)];
    }
    let given = SupplierOrder {
        is_key_given: true,
        ..order
    };
    let mut effects = vec![(given, Reply::Key, left)];
    if let Some(left) = fault(left) {
        effects.push((order, Reply::NotReady, left));
    }
    if let Some(left) = lie(left) {
        effects.push((order, Reply::NoOrder, left));
        let is_key_false = true;
        effects.push((SupplierOrder { is_key_false, ..given }, Reply::OfAnother, left));
    }
    effects
}

fn fault(left: Left) -> Option<Left> {
    let faults = left.faults.checked_sub(1)?;
    Some(Left { faults, ..left })
}

fn no(left: Left) -> Option<Left> {
    let noes = left.noes.checked_sub(1)?;
    Some(Left { noes, ..left })
}

fn lie(left: Left) -> Option<Left> {
    let lies = left.lies.checked_sub(1)?;
    Some(Left { lies, ..left })
}
