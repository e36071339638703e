//! `latchkey keys`: keys of the shop's own, taken from a file and taken back.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use domain::own_key::{IMPORT_BYTES_MAX, KeyImportId, KeyRow};
use services::Shop;
use services::own_keys::{KeyImportOrder, KeyImportReport, RowFate};
use services::trail::Actor;

use super::Ended;
use super::staff::{explained, in_shop};
use crate::cli::{KeysArgs, KeysCommand, KeysImportArgs};
use crate::progress::KeysBar;
use crate::settings::Loaded;

pub(super) async fn run(loaded: &Loaded, args: &KeysArgs) -> anyhow::Result<Ended> {
    match &args.command {
        KeysCommand::Import(args) => import(loaded, args).await,
        KeysCommand::Undo(args) => undo(loaded, KeyImportId(args.import)).await,
    }
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn import(loaded: &Loaded, args: &KeysImportArgs) -> anyhow::Result<Ended> {
    let order = KeyImportOrder {
        name: name_of(&args.file),
        game: args.game.clone(),
        price: args.price,
    };
    let file = read(&args.file).with_context(|| format!("{} cannot be read", order.name))?;
    let imported = in_shop(loaded, async |shop| {
        let rows = shop.own_keys().rows(&file, args.format.into(), order.game.as_deref());
        Ok(told(shop, &rows.map_err(services::Error::from)?, &order).await?)
    });
    let report = imported.await.map_err(explained)?;
    println!(
        "import {}: {} taken, {} duplicate, {} of an unknown game, {} unreadable",
        report.id, report.taken, report.duplicates, report.unknown, report.unreadable
    );
    if report.taken > 0 {
        println!("`latchkey keys undo {}` takes back what of it is unsold", report.id);
    }
    Ok(if report.is_whole() {
        Ended::Done
    } else {
        Ended::FoundWrong
    })
}

/// Imports the rows, and prints what becomes of each.
#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn told(shop: &Shop, rows: &[KeyRow], order: &KeyImportOrder) -> Result<KeyImportReport, services::Error> {
    let bar = KeysBar::new(rows.len() as u64);
    let mut tell = |fates: &[RowFate]| {
        bar.above(|| fates.iter().for_each(|(line, fate)| println!("line {line}: {fate}")));
        bar.advance(fates.len() as u64);
    };
    let by = Actor::command("latchkey keys import");
    let report = shop.own_keys().import(rows, order, &by, &mut tell).await;
    bar.clear();
    report
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn undo(loaded: &Loaded, import: KeyImportId) -> anyhow::Result<Ended> {
    let undone = in_shop(loaded, async |shop| {
        Ok(shop
            .own_keys()
            .undo(import, &Actor::command("latchkey keys undo"))
            .await?)
    });
    let undone = undone.await.map_err(explained)?;
    let (before, sold) = (undone.counts.withdrawn - undone.withdrawn, undone.counts.sold());
    println!(
        "import {import}: {} taken back, {sold} sold, which stay",
        undone.withdrawn
    );
    if before > 0 {
        println!("{before} were taken back before");
    }
    Ok(Ended::Done)
}

/// What the import is called: the file's name without its folder.
fn name_of(file: &Path) -> String {
    if is_input(file) {
        return "standard input".to_owned();
    }
    let name = file.file_name().unwrap_or(file.as_os_str());
    name.to_string_lossy().into_owned()
}

fn is_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// All of the file, and one byte more than it may have, which says that it has too many.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let source: Box<dyn Read> = if is_input(file) {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(file)?)
    };
    let mut bytes = Vec::new();
    source.take(IMPORT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
