//! The nodes: processes of the shop that are killed, stopped and started again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Stage;
use crate::link::{Link, server_of};
use crate::{Kind, Program};

/// How long a new node takes for its own work at the start.
const AT_WORK: Duration = Duration::from_millis(300);

/// A process of the shop, with its links.
pub(super) struct NodeProcess {
    program: Option<Program>,
    /// Its address; it changes with each start.
    pub(super) url: Arc<Mutex<String>>,
    /// The link to the database, if that is a server.
    pub(super) to_database: Option<Link>,
    pub(super) to_redis: Link,
    number: usize,
}

impl Stage {
    pub(super) async fn node(&self, number: usize) -> NodeProcess {
        let to_redis = Link::to(&server_of(&self.redis.url())).await;
        let to_database = match self.kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Link::to(&server_of(&self.database.url)).await),
        };
        let mut node = NodeProcess {
            program: None,
            url: Arc::default(),
            to_database,
            to_redis,
            number,
        };
        self.start(&mut node, &[]).await;
        node
    }

    async fn start(&self, node: &mut NodeProcess, besides: &[(&str, &str)]) {
        let through = |url: &str, link: &Link| url.replace(&server_of(url), &link.address);
        let database = match &node.to_database {
            Some(link) => through(&self.database.url, link),
            None => self.database.url.clone(),
        };
        let environment = self.environment(&database, &through(&self.redis.url(), &node.to_redis));
        let mut environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
        environment.extend(besides);
        let log = self.folder.join(format!("node-{}.log", node.number));
        let program = Program::serve_logging(&self.folder, &["--no-demo"], &environment, &log).await;
        node.url.lock().expect("no panic").clone_from(&program.url);
        node.program = Some(program);
    }

    /// Kills a node; [`Stage::revive`] starts it again.
    pub(super) async fn kill(&mut self, number: usize) {
        let program = self.nodes[number].program.take().expect("it runs");
        program.signal("KILL").await;
        program.ended().await;
    }

    pub(super) async fn revive(&mut self, number: usize) {
        let mut node = self.nodes.remove(number);
        self.start(&mut node, &[]).await;
        self.nodes.insert(number, node);
    }

    /// Starts a node that dies directly after its next own commit, and waits for that. A customer causes the write: the
    /// writes that a process makes at its start are done before it serves.
    pub(super) async fn revive_to_die(&mut self, number: usize, patience: Duration) {
        let armed = self.folder.join("dies-from-now-on");
        let file = armed.to_str().expect("a name").to_owned();
        let mut node = self.nodes.remove(number);
        let besides = [
            ("LATCHKEY_STOP_AT", "write:committed"),
            ("LATCHKEY_DIE_THERE", "yes"),
            ("LATCHKEY_STOP_FROM", file.as_str()),
        ];
        self.start(&mut node, &besides).await;
        // Its customers have read from it meanwhile.
        tokio::time::sleep(AT_WORK).await;
        std::fs::write(&armed, "").expect("a file");
        let program = node.program.take().expect("it runs");
        let died = tokio::time::timeout(patience, program.ended()).await;
        std::fs::remove_file(&armed).expect("the file");
        let died = died.expect("somebody writes at it");
        assert!(!died.success(), "it was to die, and ended");
        self.nodes.insert(number, node);
    }

    /// The process of a node.
    pub(super) fn process(&self, number: usize) -> u32 {
        self.nodes[number].program.as_ref().expect("it runs").id()
    }

    pub(super) async fn signal(&self, number: usize, name: &str) {
        self.nodes[number].program.as_ref().expect("it runs").signal(name).await;
    }
}
