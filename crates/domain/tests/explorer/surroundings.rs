//! What changes around a unit: the day, the gate, the supplier, the account, the database.

use domain::unit::{Gate, UnitEvent};

use crate::steps::{Happened, Next, Steps};
use crate::world::{World, time_on};

impl Steps<'_> {
    pub(crate) fn surroundings_change(&self, world: &World, next: &mut Vec<Next>) {
        let mut change = |words: &'static str, allowed: bool, change: &dyn Fn(&mut World)| {
            if allowed {
                let mut world = world.clone();
                change(&mut world);
                next.push((Happened::Otherwise(words), Ok(world)));
            }
        };
        let left = world.left;
        change("a day passes", left.days > 0, &|world| {
            world.day += 1;
            world.left.days -= 1;
        });
        change(
            "the gate closes",
            left.closings > 0 && world.gate == Gate::Open,
            &|world| {
                world.gate = Gate::Closed;
                world.left.closings -= 1;
            },
        );
        change(
            "the gate opens",
            world.gate == Gate::Closed && !world.is_unreleased,
            &|world| world.gate = Gate::Open,
        );
        change("the supplier answers again", world.is_paused, &|world| {
            world.is_paused = false;
        });
        change(
            "the account is blocked",
            left.blocks > 0 && !world.is_account_held,
            &|world| {
                world.is_account_held = true;
                world.left.blocks -= 1;
            },
        );
        change("a backup", left.restores > 0 && world.backup.is_none(), &|world| {
            let backup = (world.unit.clone(), world.books.clone(), world.orders_of.clone());
            (world.backup, world.backup_on) = (Some(Box::new(backup)), world.day);
        });
        if let Some(backup) = &world.backup
            && left.restores > 0
        {
            let mut world = world.clone();
            (world.unit, world.books, world.orders_of) = (**backup).clone();
            (world.gate, world.was_restored, world.backup) = (Gate::Closed, true, None);
            world.is_unreleased = true;
            world.left.restores -= 1;
            next.push((Happened::Otherwise("the older database returns"), Ok(world)));
        }
        if world.is_unreleased {
            let mut world = world.clone();
            world.is_unreleased = false;
            let until = time_on(world.backup_on);
            next.push(self.event(&world, UnitEvent::Restored(until)));
        }
    }
}
