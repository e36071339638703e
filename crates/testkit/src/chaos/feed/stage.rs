//! The setup: one node, a sandbox of 48 products, and a wholesaler's list of 36 of their games and 12 of its own.

use std::sync::{Arc, Mutex};

use super::super::readers::{Names, names};
use super::super::stage::{InjectedFault, Plan, Stage};
use super::goods::Good;
use super::list::LyingList;
use super::memory::Memory;
use super::records::Records;
use super::sandbox::LyingSandbox;
use super::syncs::Syncs;
use super::world::World;
use super::{G2A, WHOLESALER};
use crate::database::own_folder;
use crate::program::http;
use crate::{Kind, soon};

/// Games of the sandbox.
const OF_SANDBOX: u32 = 48;
/// The wholesaler's first game.
const FIRST_OF_LIST: u32 = 12;
/// All games, fewer than the customers' wishlists have bits.
const GAMES: u32 = 60;

/// A shop of two suppliers, which lie.
pub struct FeedStage {
    pub(super) stage: Stage,
    pub(super) sandbox: LyingSandbox,
    pub(super) list: LyingList,
    pub(super) records: Arc<Records>,
    pub(super) world: Arc<Mutex<World>>,
    pub(super) memory: Memory,
}

impl FeedStage {
    /// A shop that offers what both suppliers have. `parks`: whether it parks what is absurd; without that the checker must
    /// find violations.
    ///
    /// # Panics
    /// When it cannot be built.
    pub async fn set(kind: Kind, seed: u64, parks: bool) -> Self {
        let path = own_folder().join("list.csv");
        let mut environment = environment(path.to_str().expect("a path"));
        if !parks {
            environment.push(("LATCHKEY__SYNC__HIDE_AT_MOST_PERCENT".to_owned(), "100".to_owned()));
        }
        let plan = Plan {
            nodes: 1,
            games: OF_SANDBOX,
            environment,
        };
        let mut stage = Box::pin(Stage::planned(kind, InjectedFault::Nothing, plan)).await;
        let world = Arc::new(Mutex::new(World::default()));
        let products = stage.products.iter().cloned();
        let of_sandbox = (0..OF_SANDBOX)
            .zip(products)
            .map(|(game, product)| Good::new(product, game, seed));
        let of_list = (FIRST_OF_LIST..GAMES).map(|game| Good::new(format!("W-{game}"), game, seed ^ 1));
        let mut sandbox = LyingSandbox {
            url: stage.supplier.url.clone(),
            client: http(),
            goods: of_sandbox.collect(),
            world: Arc::clone(&world),
            syncs: Syncs::of(&stage, G2A),
        };
        let mut list = LyingList {
            path,
            goods: of_list.collect(),
            world: Arc::clone(&world),
            syncs: Syncs::of(&stage, WHOLESALER),
        };
        for at in 0..sandbox.goods.len() {
            sandbox.put(at).await;
        }
        assert_eq!(sandbox.syncs.run(&[]).await.code, Some(0), "a sync of the sandbox");
        // Twice: the history of a game begins with its first change.
        for round in 0..2 {
            for good in &mut list.goods {
                good.qty += round;
            }
            list.become_honest();
            assert_eq!(list.syncs.run(&[]).await.code, Some(0), "a sync of the wholesaler");
        }
        let records = Arc::new(Records::of(stage.history().await));
        records.begin().await;
        stage.names = Arc::new(all_names(&stage).await);
        let memory = Memory::watch(stage.process(0));
        let mut feed = Self {
            stage,
            sandbox,
            list,
            records,
            world,
            memory,
        };
        let left = feed.become_honest().await;
        assert!(left.is_empty(), "{left:?}");
        let truth = feed.stage.history().await.since(0).await;
        assert_eq!(truth.len(), GAMES as usize, "each game has its first version");
        feed
    }
}

/// Waits until the node's index has all games.
async fn all_names(stage: &Stage) -> Names {
    let url = stage.nodes[0].url.lock().expect("no panic").clone();
    soon("all games", async || names(&url).await.games.len() == GAMES as usize).await;
    names(&url).await
}

fn environment(list: &str) -> Vec<(String, String)> {
    let of_list = [
        ("KIND", "csv"),
        ("FULFILMENT", "by_hand"),
        ("SOURCE", list),
        ("SEPARATOR", ";"),
        ("EVERY_MINUTES", "1440"),
        ("COLUMNS__ID", "sku"),
        ("COLUMNS__NAME", "title"),
        ("COLUMNS__PRICE", "net"),
        ("COLUMNS__STOCK", "qty"),
    ];
    let of_list = of_list.map(|(name, value)| (format!("LATCHKEY__SUPPLIERS__WHOLESALER__{name}"), value.to_owned()));
    let others = [
        // No sync but those of the liars.
        ("LATCHKEY__SYNC__STOCK_EVERY_MINUTES", "1440"),
        // No sync dies, and some wait for a supplier that is away.
        ("LATCHKEY__SYNC__LEASE_MS", "60000"),
    ];
    let others = others.map(|(name, value)| (name.to_owned(), value.to_owned()));
    of_list.into_iter().chain(others).collect()
}
