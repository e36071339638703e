//! The setup of the checker: servers, three nodes as processes, and the links between them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::history::History;
use super::nodes::NodeProcess;
use super::offers::offer;
use super::operator::make_operator;
use super::readers::{Names, names};
use crate::link::State;
use crate::postgres::Postgres;
use crate::program::{http, latchkey};
use crate::redis::Redis;
use crate::{Kind, Program, TestDatabase};

/// Games of the shop: two pages of the supplier.
pub(super) const GAMES: u32 = 40;
const NODES: usize = 3;

/// What a setup consists of.
pub(super) struct Plan {
    pub(super) nodes: usize,
    /// Products of the supplier.
    pub(super) games: u32,
    /// Additional environment variables of all processes of the shop; they replace others of the same name.
    pub(super) environment: Vec<(String, String)>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            nodes: NODES,
            games: GAMES,
            environment: Vec::new(),
        }
    }
}

/// A safeguard that is switched off, to show that the checker detects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectedFault {
    /// No safeguard is off.
    Nothing,
    /// Cached values are served whatever their stamps say.
    Stamps,
    /// The pulse is sent, but its touches are ignored.
    Pulse,
    /// A reader that joins a running load gets its value unchecked.
    Joined,
}

impl InjectedFault {
    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Stamps => "stamps",
            Self::Pulse => "pulse",
            Self::Joined => "joined",
        }
    }
}

/// All parts of the setup.
pub struct Stage {
    pub(super) kind: Kind,
    pub(super) database: TestDatabase,
    /// The database's server, if it has one.
    postgres: Option<Postgres>,
    pub(super) redis: Redis,
    pub(super) nodes: Vec<NodeProcess>,
    /// The supplier's id of each game, by number from 0.
    pub(super) products: Vec<String>,
    /// The number of each game's last version.
    pub(super) versions: Arc<Mutex<Vec<u32>>>,
    /// The nodes' names for them.
    pub(super) names: Arc<Names>,
    pub(super) supplier: Program,
    pub(super) folder: PathBuf,
    fault: InjectedFault,
    plan: Plan,
}

impl Stage {
    /// A shop of 40 games with three nodes that serve it.
    ///
    /// # Panics
    /// When it cannot be built.
    pub async fn set(kind: Kind, fault: InjectedFault) -> Self {
        Self::planned(kind, fault, Plan::default()).await
    }

    /// A shop as `plan` says.
    pub(super) async fn planned(kind: Kind, fault: InjectedFault, plan: Plan) -> Self {
        let postgres = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Postgres::own().await.expect("a PostgreSQL")),
        };
        let database = match &postgres {
            None => TestDatabase::migrated(kind).await,
            Some(server) => TestDatabase::migrated_on(server).await,
        };
        let games = plan.games.to_string();
        let supplier = Program::supplier(&["--products", &games, "--rate-per-minute", "100000000"]).await;
        let mut stage = Self {
            kind,
            database,
            postgres,
            redis: Redis::start().await,
            nodes: Vec::new(),
            products: Vec::new(),
            versions: Arc::new(Mutex::new(vec![1; plan.games as usize])),
            names: Arc::default(),
            supplier,
            folder: crate::database::own_folder(),
            fault,
            plan,
        };
        stage.fill().await;
        for number in 0..stage.plan.nodes {
            let node = stage.node(number).await;
            stage.nodes.push(node);
        }
        stage.recover().await;
        let url = stage.nodes[0].url.lock().expect("no panic").clone();
        stage.names = Arc::new(names(&url).await);
        assert_eq!(stage.names.games.len(), stage.games(), "every game is listed");
        make_operator(&stage).await;
        stage
    }

    const fn games(&self) -> usize {
        self.plan.games as usize
    }

    /// Gives each game its first version.
    async fn fill(&mut self) {
        assert!(self.sync(&[]).await.success(), "the first sync");
        let history = self.history().await;
        self.products = history.products().await;
        assert_eq!(self.products.len(), self.games(), "one game for each product");
        history.begin().await;
        for number in 0..self.plan.games {
            offer(&self.supplier.url, &self.products[number as usize], number, Some(1)).await;
        }
        // Nearly every price falls below half, which is meant here.
        let all = ("LATCHKEY__SYNC__HIDE_AT_MOST_PERCENT", "100");
        assert!(self.sync(&[all]).await.success(), "the second sync");
        self.wait_for_history().await;
    }

    async fn wait_for_history(&self) {
        let truth = self.history().await.since(0).await;
        assert_eq!(truth.len(), self.games(), "each game has its first version");
    }

    pub(super) async fn history(&self) -> History {
        History::of(self.kind, &self.database.url).await
    }

    /// Runs `latchkey sync` to its end, with additional environment variables.
    pub(super) async fn sync(&self, environment: &[(&str, &str)]) -> std::process::ExitStatus {
        let mut command = latchkey(&self.folder, &["sync", "--no-demo"]);
        command.envs(self.environment(&self.database.url, &self.redis.url()));
        command.envs(environment.iter().copied());
        command.output().await.expect("latchkey runs").status
    }

    pub(super) fn environment(&self, database: &str, redis: &str) -> Vec<(String, String)> {
        [
            ("DATABASE_URL", database.to_owned()),
            ("REDIS_URL", redis.to_owned()),
            ("G2A_API_URL", format!("{}/v1", self.supplier.url)),
            ("G2A_CLIENT_ID", "demo-client".to_owned()),
            ("G2A_EMAIL", "demo@latchkey.invalid".to_owned()),
            ("G2A_CLIENT_SECRET", "demo-secret".to_owned()),
            ("G2A_RATE_PER_MINUTE", "1000000".to_owned()),
            // Nodes share pages only if their links begin alike.
            ("LATCHKEY__SERVER__PUBLIC_URL", "http://shop.example".to_owned()),
            // All customers come from one address.
            ("LATCHKEY__LIMITS__CHANGES_PER_MINUTE", "1000000".to_owned()),
            ("LATCHKEY__LIMITS__READS_PER_MINUTE", "1000000000".to_owned()),
            ("LATCHKEY__LIMITS__COSTLY_READS_PER_MINUTE", "1000000000".to_owned()),
            // A writer that died must not block the next one.
            ("LATCHKEY__SYNC__LEASE_MS", "1500".to_owned()),
            ("LATCHKEY__LOG__FILTER", "warn".to_owned()),
            ("LATCHKEY_FAULT_INJECTION", self.fault.name().to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .chain(self.plan.environment.iter().cloned())
        .collect()
    }

    /// Sets the links of all nodes to the database.
    pub(super) fn to_database(&self, state: State) {
        let links = self.nodes.iter().filter_map(|node| node.to_database.as_ref());
        links.for_each(|link| link.set(state));
    }

    /// The database's server.
    pub(super) fn postgres(&self) -> &Postgres {
        self.postgres.as_ref().expect("a database that is a server")
    }

    /// Waits until every link is whole and every node serves current values.
    pub(super) async fn recover(&mut self) {
        for node in &self.nodes {
            node.to_redis.set(State::Whole);
        }
        self.to_database(State::Whole);
        let client = http();
        for node in &self.nodes {
            let url = format!("{}/readyz", node.url.lock().expect("no panic"));
            let ready = async {
                while !client
                    .get(&url)
                    .send()
                    .await
                    .is_ok_and(|answer| answer.status().is_success())
                {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), ready)
                .await
                .expect("a node that serves");
        }
    }
}
