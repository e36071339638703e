//! A unit: one copy that was sold, from the checkout to its key or its refund. What follows which event stands in one table, whose
//! rows are the files of this folder; `docs/decisions/0054-a-unit-moves-by-one-table.md` says why.

mod attempt;
mod closed;
mod command;
mod decide;
mod doubt;
mod event;
mod ordering;
mod receiving;
mod set_aside;
mod state;
mod step;
mod times;
mod waiting;

pub use attempt::{Attempt, KeyStage, MoneyStage, OrderStage};
pub use command::{AttemptCase, AttemptPosting, DeliveredKey, OfferGivenUp, UnitCommand};
pub use decide::{Decision, UnitRefusal, decide};
pub use event::{Gate, KeyAnswer, OrderAnswer, PayAnswer, SeenOrder, Spending, SupplierCall, UnitEvent};
pub use state::{Unit, UnitEnd, UnitState};
pub use times::FulfilmentTimes;
