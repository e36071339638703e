//! `latchkey doctor`: checks each part, and prints problems with their remedies.

mod suppliers;

use cache::redis::RedisProbe;

use super::Ended;
use crate::caches;
use crate::secrets;
use crate::settings::{Loaded, SettingsError};
use crate::wire;

/// One finding.
enum Finding {
    Fine(String),
    Note(String),
    Wrong(String, &'static str),
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded) -> anyhow::Result<Ended> {
    let readable = Finding::Fine("readable; `latchkey settings` shows them".to_owned());
    let mut findings = vec![
        ("settings".to_owned(), readable),
        ("demo mode".to_owned(), demo(loaded)),
        ("database".to_owned(), database(loaded).await),
        ("secrets".to_owned(), shops_secrets(loaded).await),
        ("Redis".to_owned(), redis(loaded).await),
    ];
    findings.extend(suppliers::check(loaded).await);
    findings.push(("mail".to_owned(), mail(loaded).await));
    let mut ended = Ended::Done;
    for (part, finding) in findings {
        match finding {
            Finding::Fine(text) => println!("ok     {part}: {text}"),
            Finding::Note(text) => println!("note   {part}: {text}"),
            Finding::Wrong(text, remedy) => {
                ended = Ended::FoundWrong;
                println!("WRONG  {part}: {text}\n       remedy: {remedy}");
            }
        }
    }
    Ok(ended)
}

fn demo(loaded: &Loaded) -> Finding {
    match loaded.resolve_demo() {
        Ok(true) => Finding::Note("on: supplier and games are made up".to_owned()),
        Ok(false) if loaded.listens_too_widely_for_a_demo() => Finding::Note(
            "off, because server.listen is open to other machines; --demo turns it on all the same".to_owned(),
        ),
        Ok(false) => Finding::Fine("off".to_owned()),
        Err(error) => Finding::Wrong(
            error.to_string(),
            "leave demo mode off, or use a database of this machine",
        ),
    }
}

async fn database(loaded: &Loaded) -> Finding {
    let look = async {
        let db = wire::open_database(&loaded.settings).await?;
        let (version, pending) = (db.version().await?, db.pending_migrations().await?);
        let receives_own_notifications = db.receives_own_notifications().await?;
        db.close().await?;
        anyhow::Ok((version, pending, receives_own_notifications))
    };
    match look.await {
        Ok((version, 0, Some(false))) => Finding::Note(format!(
            "{version}; LISTEN brings nothing, as behind a pooler: processes see each other's changes after 150 ms"
        )),
        Ok((version, 0, _)) => Finding::Fine(version),
        Ok((version, pending, _)) => Finding::Note(format!(
            "{version}; {pending} migrations to run: `latchkey migrate`, or the next start, runs them"
        )),
        Err(error) => Finding::Wrong(
            format!("{error:#}"),
            "check database.url, and that the server runs and lets this user in",
        ),
    }
}

async fn shops_secrets(loaded: &Loaded) -> Finding {
    let look = async {
        let db = wire::open_database(&loaded.settings).await?;
        let known = secrets::are_known(&loaded.settings, &db).await;
        db.close().await?;
        known
    };
    match look.await {
        Ok(true) => Finding::Fine("those that this database was made with".to_owned()),
        Ok(false) => Finding::Fine("what is not set is made at the first start".to_owned()),
        Err(error) if error.is::<SettingsError>() => Finding::Wrong(
            format!("{error:#}"),
            "what is sealed in this database opens with its own secrets alone",
        ),
        Err(error) => Finding::Note(format!("not compared with the database's: {error:#}")),
    }
}

async fn redis(loaded: &Loaded) -> Finding {
    let Some(settings) = caches::redis(&loaded.settings) else {
        return Finding::Fine("not set: the cache of each process is its own".to_owned());
    };
    let look = match RedisProbe::at(&settings).await {
        Ok(look) => look,
        Err(error) => {
            return Finding::Wrong(
                error.to_string(),
                "check redis.url: the host, the port, the credentials; the shop runs without it meanwhile",
            );
        }
    };
    if !look.refused.is_empty() {
        let refused: Vec<String> = look
            .refused
            .iter()
            .map(|(name, why)| format!("{name} ({why})"))
            .collect();
        return Finding::Wrong(
            format!("it refuses {}", refused.join(", ")),
            "let this user run GET, PTTL, SET, UNLINK and SCAN on keys that begin with redis.prefix; see that memory is left",
        );
    }
    let version = look.version.as_deref().unwrap_or("(it does not tell its version)");
    let millis = look.took.as_secs_f64() * 1_000.0;
    Finding::Fine(format!("Redis {version} answers in {millis:.1} ms and takes values"))
}

async fn mail(loaded: &Loaded) -> Finding {
    let public_url = wire::public_url(&loaded.settings, loaded.settings.server.listen);
    let Some(mailer) = wire::mailer(&loaded.settings, &public_url) else {
        return Finding::Note("no mail server is set: mails are kept, and staff read them at /admin/mails".to_owned());
    };
    match mailer.check().await {
        Ok(()) => Finding::Fine("the mail server answers, and lets this shop in".to_owned()),
        Err(error) => Finding::Wrong(
            error.to_string(),
            "check mail.smtp_url: the host, the port, the credentials, and whether the server encrypts",
        ),
    }
}
