//! The second supplier: a wholesaler's CSV list, which lies in its rows and as a file.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::history::title;
use super::super::mix;
use super::super::readers::now;
use super::WHOLESALER;
use super::goods::{Good, euros, some};
use super::lies::{LIST_LIES, ListLie as Lie, SPOILED};
use super::syncs::{Ended, Syncs, Told, Turn, any_kind, shuffled};
use super::world::{Word, World};

/// Rows that change before each lie.
const CHANGES: usize = 3;
/// How often a row changes while a sync runs.
const CHANGED_EVERY: Duration = Duration::from_millis(3);
/// How long there is no list, while a sync runs.
const AWAY: Duration = Duration::from_millis(600);
const HEADER: &str = "sku;title;net;qty\n";

/// The list and what it lists.
pub(super) struct LyingList {
    pub(super) path: PathBuf,
    pub(super) goods: Vec<Good>,
    pub(super) world: Arc<Mutex<World>>,
    pub(super) syncs: Syncs,
}

impl LyingList {
    /// Tells one lie after the other, with syncs during and after each.
    pub(super) async fn lie(&mut self, turn: &Turn) -> Told {
        let mut told = Told::default();
        let mut state = mix(turn.seed ^ 0xC5);
        for round in 0.. {
            for lie in shuffled(&LIST_LIES, turn.seed.wrapping_add(round)) {
                if turn.is_over(round, &told) {
                    return told;
                }
                state = mix(state);
                let begun = Instant::now();
                let syncs = Box::pin(self.tell(lie, state, &mut told)).await;
                told.lies += 1;
                let seconds = begun.elapsed().as_secs_f64();
                (turn.report)(&format!("{WHOLESALER}: {lie:?}: {syncs} ({seconds:.1} s)"));
            }
            if Instant::now() > turn.until {
                break;
            }
        }
        told
    }

    /// One lie, and the syncs that hear it.
    async fn tell(&mut self, lie: Lie, state: u64, told: &mut Told) -> String {
        for at in some(CHANGES, self.goods.len(), state) {
            self.goods[at].drift(mix(state ^ at as u64));
        }
        self.begin(lie, state);
        let syncs = self.syncs.clone();
        // Every sync of a list reads all of it; single products it cannot be asked for.
        let ended = self.while_syncing(lie, syncs.run(&[])).await;
        told.note(&ended, &format!("{lie:?}"));
        let again = syncs.run(&any_kind(state, &[])).await;
        told.note(&again, &format!("{lie:?}"));
        if let Some(accepted) = syncs.accept(&again, state).await {
            told.note(&accepted, "an operator accepts");
        }
        self.become_honest();
        let after = syncs.run(&any_kind(mix(state), &[])).await;
        told.note(&after, "honest again");
        format!("{}, {}, then {}", ended.said(), again.said(), after.said())
    }

    /// Waits for a sync, while the list changes or comes back.
    async fn while_syncing(&mut self, lie: Lie, sync: impl Future<Output = Ended>) -> Ended {
        tokio::pin!(sync);
        let back_at = Instant::now() + AWAY;
        let (mut is_away, mut at) = (lie == Lie::NoFile, 0);
        loop {
            tokio::select! {
                ended = &mut sync => return ended,
                () = sleep(CHANGED_EVERY) => {}
            }
            if is_away && Instant::now() > back_at {
                self.write_whole();
                is_away = false;
            }
            if lie == Lie::ChangesWhileRead {
                at = (at + 7) % self.goods.len();
                self.goods[at].drift(mix(u64::try_from(now()).unwrap_or_default()));
                self.rewrite(at);
            }
        }
    }

    fn begin(&mut self, lie: Lie, state: u64) {
        let all = self.goods.len();
        let chosen = |count| some(count, all, mix(state ^ 9));
        match lie {
            Lie::Honest | Lie::ChangesWhileRead => self.write_whole(),
            Lie::UnreadablePrices => self.spoil(&chosen(6), 0),
            Lie::UnreadableStock => self.spoil(&chosen(6), 6),
            Lie::MostUnreadable => self.spoil(&chosen(30), 0),
            Lie::AFewMissing => self.remove(&chosen(3)),
            Lie::ManyMissing => self.remove(&chosen(18)),
            Lie::EmptyList => self.write(HEADER.as_bytes(), |_| Word::Gone),
            Lie::EmptyFile => self.write(b"", |_| Word::Nothing),
            Lie::NoFile => {
                let began = now();
                fs::remove_file(&self.path).expect("the list");
                self.note(|_| Word::Nothing, (began, now()));
            }
            Lie::PricesAtATenth => {
                let rows = self.rows(|good| row(&good.product, good, &euros(good.cost / 10), &copies(good)));
                let tenth = |good: &Good| Word::Offered {
                    cost: good.cost / 10,
                    qty: good.qty,
                };
                self.write(rows.as_bytes(), tenth);
            }
            Lie::NamedTwice => {
                let twice = chosen(3);
                let mut rows = self.rows(plain);
                for at in &twice {
                    let good = &self.goods[*at];
                    rows += &row(&good.product, good, "01.23", "007");
                }
                self.write_but(rows.as_bytes(), &twice, Word::Unreadable);
            }
            Lie::CutOff => self.cut_off(all / 3),
            Lie::Binary => {
                let bytes: Vec<u8> = (0..4_096).map(|at| mix(state ^ at).to_le_bytes()[0]).collect();
                self.write(&bytes, |_| Word::Nothing);
            }
            Lie::OpenQuote => {
                let rows = self.rows(plain) + "W-open;\"Never closed;01.00;001\n";
                self.write(rows.as_bytes(), |_| Word::Nothing);
            }
            Lie::OtherHeader => {
                let rows = self.rows(plain).replacen("net", "price", 1);
                self.write(rows.as_bytes(), |_| Word::Nothing);
            }
            Lie::OtherEncoding => self.encode_otherwise(&chosen(3)),
        }
    }

    /// Ends the file in the middle of this row: it has too few cells, and those after it are missing.
    fn cut_off(&self, at: usize) {
        let mut rows = HEADER.to_owned();
        rows.extend(self.goods[..at].iter().map(plain));
        rows += &format!("{};Chaos", self.goods[at].product);
        let cut: Vec<&str> = self.goods[at..].iter().map(|good| &*good.product).collect();
        self.write(rows.as_bytes(), |good| {
            match cut.iter().position(|product| *product == good.product) {
                None => good.word(),
                Some(0) => Word::Unreadable,
                Some(_) => Word::Gone,
            }
        });
    }

    /// Puts a letter of another encoding into the titles of these rows.
    fn encode_otherwise(&self, foreign: &[usize]) {
        let mut bytes = HEADER.as_bytes().to_vec();
        for (at, good) in self.goods.iter().enumerate() {
            let mut row = plain(good).into_bytes();
            if foreign.contains(&at) {
                let title = row.iter().position(|byte| *byte == b';').unwrap_or_default() + 1;
                row.insert(title, 0xE9);
            }
            bytes.extend(row);
        }
        self.write_but(&bytes, foreign, Word::Unreadable);
    }

    /// Writes everything as it is.
    pub(super) fn become_honest(&mut self) {
        for good in &mut self.goods {
            (good.spoiled, good.is_gone) = (None, false);
        }
        self.write_whole();
    }

    fn spoil(&mut self, chosen: &[usize], from: usize) {
        for (number, at) in chosen.iter().enumerate() {
            self.goods[*at].spoiled = Some(from + number);
        }
        self.write_whole();
    }

    fn remove(&mut self, chosen: &[usize]) {
        for at in chosen {
            self.goods[*at].is_gone = true;
        }
        self.write_whole();
    }

    fn write_whole(&self) {
        let rows = self.rows(plain);
        self.write(rows.as_bytes(), Good::word);
    }

    fn rows(&self, row: impl Fn(&Good) -> String) -> String {
        let listed = self.goods.iter().filter(|good| !good.is_gone);
        std::iter::once(HEADER.to_owned()).chain(listed.map(row)).collect()
    }

    /// Replaces the list at once; `word` is what it then says of each product.
    fn write(&self, bytes: &[u8], word: impl Fn(&Good) -> Word) {
        let began = now();
        let beside = self.path.with_extension("new");
        fs::write(&beside, bytes).expect("a list");
        fs::rename(&beside, &self.path).expect("the list");
        self.note(word, (began, now()));
    }

    /// The same; of these products it says `other`.
    fn write_but(&self, bytes: &[u8], these: &[usize], other: Word) {
        let these: Vec<&str> = these.iter().map(|at| &*self.goods[*at].product).collect();
        self.write(bytes, |good| {
            if these.contains(&&*good.product) {
                other
            } else {
                good.word()
            }
        });
    }

    /// Writes the list over itself, as long as before, so that whoever reads it meets both.
    fn rewrite(&self, changed: usize) {
        let rows = self.rows(plain);
        let began = now();
        let mut file = OpenOptions::new().write(true).open(&self.path).expect("the list");
        file.write_all(rows.as_bytes()).expect("a list");
        let good = &self.goods[changed];
        let named = (WHOLESALER, good.product.clone());
        let when = (began, now());
        self.world.lock().expect("no panic").say(named, good.word(), when);
    }

    fn note(&self, word: impl Fn(&Good) -> Word, when: (i64, i64)) {
        let mut world = self.world.lock().expect("no panic");
        for good in &self.goods {
            world.say((WHOLESALER, good.product.clone()), word(good), when);
        }
    }
}

fn copies(good: &Good) -> String {
    format!("{:03}", good.qty)
}

/// The row of a product as it is.
fn plain(good: &Good) -> String {
    let (mut price, mut copies) = (euros(good.cost), copies(good));
    if let Some(number) = good.spoiled.map(|number| number % SPOILED.len()) {
        let cell = if number < SPOILED.len() / 2 {
            &mut price
        } else {
            &mut copies
        };
        SPOILED[number].clone_into(cell);
    }
    row(&good.product, good, &price, &copies)
}

fn row(product: &str, good: &Good, price: &str, copies: &str) -> String {
    format!("{product};{} Steam Key GLOBAL;{price};{copies}\n", title(good.game, 1))
}
