//! A real mail server of a test's own: Debian's aiosmtpd, which stores accepted mails in a Maildir.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use gateways::mail::Mailer;
use services::Shop;
use services::mails::MailRules;
use services::sync::SyncRules;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::database::own_folder;
use crate::shop::{PUBLIC_URL, Rules};
use crate::{Kind, TestShop, fast, port};

/// A mail server's address and its mailbox: they stay when the server itself stops and starts.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    folder: PathBuf,
    running: Option<Child>,
}

impl MailServer {
    /// An address at which no mail server listens yet.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn absent() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port::of_ones_own())),
            folder: own_folder(),
            running: None,
        }
    }

    /// A mail server that listens.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        let mut server = Self::absent();
        server.come(&[]).await;
        server
    }

    /// Starts listening, with additional arguments.
    ///
    /// # Panics
    /// When it does not start: `cargo xtask test` installs it.
    pub async fn come(&mut self, arguments: &[&str]) {
        fast::without("mail server");
        let child = Command::new("/usr/bin/python3")
            .args(["-m", "aiosmtpd", "--nosetuid", "--smtputf8"])
            .args(["--listen", &self.address.to_string()])
            .args(arguments)
            .args(["--class", "aiosmtpd.handlers.Mailbox"])
            .arg(self.folder.join("box"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("aiosmtpd starts");
        self.running = Some(child);
        let begun = Instant::now();
        while TcpStream::connect(self.address).await.is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the mail server does not listen"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops at once.
    ///
    /// # Panics
    /// When it was not there.
    pub async fn go(&mut self) {
        let mut child = self.running.take().expect("a mail server");
        child.kill().await.expect("its end");
    }

    /// Sends it a signal by name: `STOP` makes it hang, `CONT` resumes it.
    ///
    /// # Panics
    /// When it cannot be sent.
    pub async fn signal(&self, name: &str) {
        let id = self.running.as_ref().and_then(Child::id).expect("it runs").to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .await
            .expect("kill");
        assert!(sent.success());
    }

    /// `smtp://…`, for the setting.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The accepted mails as they came, in no particular order.
    ///
    /// # Panics
    /// When they cannot be read.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        // There is no mailbox before the first mail.
        let Ok(files) = std::fs::read_dir(self.folder.join("box/new")) else {
            return Vec::new();
        };
        files
            .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a mail"))
            .collect()
    }

    /// Waits until it has accepted `count` mails, and returns them.
    ///
    /// # Panics
    /// When that takes more than a minute, or more come.
    pub async fn took(&self, count: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let mails = self.mails();
            assert!(mails.len() <= count, "{} mails instead of {count}", mails.len());
            if mails.len() == count {
                return mails;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{} mails of {count} came",
                mails.len()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl TestShop {
    /// A shop whose mails go to this mail server.
    ///
    /// # Panics
    /// When it cannot be built: then no test can run.
    pub async fn mailing(kind: Kind, server: &MailServer) -> Self {
        let sender = gateways::mail::MailSender::parse("Latchkey <shop@example.org>").expect("a sender");
        let server = gateways::mail::MailServer::parse(&server.url()).expect("a mail server's address");
        let mail = MailRules {
            mailer: Some(Mailer::new(server, sender, PUBLIC_URL)),
            secrets_shown: false,
        };
        let rules = Rules {
            sync: SyncRules::default(),
            mail,
            ..Rules::default()
        };
        Box::pin(Self::built(kind, rules)).await
    }

    /// Runs the shop's jobs as `serve` does, without a timetable, until the guard is dropped.
    #[must_use]
    pub fn at_work(&self) -> DropGuard {
        at_work(&self.shop)
    }
}

/// Runs this shop's jobs, as above.
pub(crate) fn at_work(shop: &Shop) -> DropGuard {
    let stop = CancellationToken::new();
    let timetable = jobs::Timetable::new("UTC", &[], Duration::ZERO).expect("an empty timetable");
    tokio::spawn(jobs::run(shop.clone(), timetable, "a test".to_owned(), stop.clone()));
    stop.drop_guard()
}

/// The value of a mail's header.
#[must_use]
pub fn header<'m>(mail: &'m str, name: &str) -> Option<&'m str> {
    let head = mail.split("\n\n").next()?;
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
