//! Files of keys: CSV, or a key a line. Nothing that is said about them has a key in it.

use std::io::{Chain, Cursor, Read};

use csv::{Reader, ReaderBuilder, StringRecord, Terminator};
use domain::own_key::{IMPORT_ROWS_MAX, KeyFormat, KeyRow, KeyRowContent};

/// What is read behind the end of the file, as a row of its own. A quote that is still open swallows it.
const END: &[u8] = b"\n\x03end of file\x03\n";
const END_CELL: &str = "\u{3}end of file\u{3}";
/// The names of the columns.
const COLUMNS: [&str; 3] = ["game", "key", "cost"];

/// Why a file of keys cannot be used as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct UnusableKeyFile {
    /// The line.
    pub line: u64,
    /// What is wrong there.
    pub why: &'static str,
}

/// Where the columns are in a row.
struct KeyColumns {
    game: Option<usize>,
    key: usize,
    cost: Option<usize>,
    /// How many there are, those that are not read too.
    count: usize,
}

/// A CSV file with [`END`] behind it.
type Ended<'f> = Chain<&'f [u8], Cursor<&'static [u8]>>;

/// The rows of a file, bad ones too, with their lines. In CSV the column of games may be missing if all `has_game`.
///
/// # Errors
/// When the file is not UTF-8, has too many rows, lacks a column, or ends inside a quote.
pub fn read(file: &[u8], format: KeyFormat, has_game: bool) -> Result<Vec<KeyRow>, UnusableKeyFile> {
    let text = std::str::from_utf8(file).map_err(|error| {
        let readable = &file[..error.valid_up_to()];
        unusable(lines_in(readable) + 1, "this is not text in UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        KeyFormat::Csv => of_csv(text, has_game),
        KeyFormat::Lines => of_lines(text),
    }
}

fn of_lines(text: &str) -> Result<Vec<KeyRow>, UnusableKeyFile> {
    let mut rows = Vec::new();
    for (line, text) in (1..).zip(text.split('\n')) {
        if !text.trim().is_empty() {
            push(&mut rows, line, KeyRowContent::read("", text, ""))?;
        }
    }
    Ok(rows)
}

fn of_csv(text: &str, has_game: bool) -> Result<Vec<KeyRow>, UnusableKeyFile> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        // A carriage return before it stays at the end of a cell, where spaces are dropped anyhow: that way the reader's
        // count of lines is right.
        .terminator(Terminator::Any(b'\n'))
        .from_reader(text.as_bytes().chain(Cursor::new(END)));
    let mut row = StringRecord::new();
    let Some(line) = next(&mut reader, &mut row)? else {
        return Err(unusable(1, "the file is empty"));
    };
    let columns = KeyColumns::find(&row, line, has_game)?;
    let mut rows = Vec::new();
    while let Some(line) = next(&mut reader, &mut row)? {
        push(&mut rows, line, columns.read(&row))?;
    }
    Ok(rows)
}

/// Reads the next row that is not blank into `row`; returns its line, `None` behind the last.
fn next(reader: &mut Reader<Ended<'_>>, row: &mut StringRecord) -> Result<Option<u64>, UnusableKeyFile> {
    loop {
        let begins = reader.position().line();
        let is_row = reader
            .read_record(row)
            .map_err(|_| unusable(begins, "this is not a row of CSV"))?;
        // The line behind the row, less the row's own lines: blank ones before it do not count.
        let inside = row.as_slice().bytes().filter(|byte| *byte == b'\n').count() as u64;
        let behind = reader.position().line().saturating_sub(inside);
        if row.len() == 1 && row.as_slice() == END_CELL {
            return Ok(None);
        }
        if !is_row || row.as_slice().trim_end().ends_with(END_CELL) {
            let why = "a quote is opened in the row that begins here, and the file ends before it is closed";
            return Err(unusable(behind, why));
        }
        if row.len() > 1 || !row.as_slice().trim().is_empty() {
            return Ok(Some(behind.saturating_sub(1).max(1)));
        }
    }
}

fn push(
    rows: &mut Vec<KeyRow>,
    line: u64,
    content: Result<KeyRowContent, &'static str>,
) -> Result<(), UnusableKeyFile> {
    if rows.len() == IMPORT_ROWS_MAX {
        return Err(unusable(line, "there are more than 100000 rows"));
    }
    rows.push(KeyRow { line, content });
    Ok(())
}

impl KeyColumns {
    /// Finds the columns in the header, which is the row of this line.
    fn find(header: &StringRecord, line: u64, has_game: bool) -> Result<Self, UnusableKeyFile> {
        let places = COLUMNS.map(|name| {
            let mut places = (0..header.len()).filter(|place| header[*place].trim().eq_ignore_ascii_case(name));
            (places.next(), places.next().is_some())
        });
        if places.iter().any(|(_, is_twice)| *is_twice) {
            return Err(unusable(line, "a column stands twice in the header"));
        }
        let [(game, _), (key, _), (cost, _)] = places;
        let key = key.ok_or_else(|| {
            unusable(
                line,
                "the header has no column `key`; a comma stands between two columns: game,key,cost",
            )
        })?;
        if game.is_none() && !has_game {
            return Err(unusable(
                line,
                "the header has no column `game`, and no game is said for all rows",
            ));
        }
        let count = header.len();
        Ok(Self { game, key, cost, count })
    }

    fn read(&self, row: &StringRecord) -> Result<KeyRowContent, &'static str> {
        if row.len() > self.count {
            return Err("has more cells than the header: a key with a comma or a quote in it stands between quotes");
        }
        let cell = |place: Option<usize>| place.and_then(|place| row.get(place)).unwrap_or_default();
        KeyRowContent::read(cell(self.game), cell(Some(self.key)), cell(self.cost))
    }
}

const fn unusable(line: u64, why: &'static str) -> UnusableKeyFile {
    UnusableKeyFile { line, why }
}

fn lines_in(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each row as `line:game:key:cost`, or `line!why`.
    fn told(file: &[u8], format: KeyFormat, has_game: bool) -> Result<Vec<String>, String> {
        let rows = read(file, format, has_game).map_err(|unusable| unusable.to_string())?;
        let told = rows.iter().map(|row| match &row.content {
            Ok(content) => {
                let cost = content.cost.map(|cost| cost.to_string()).unwrap_or_default();
                let game = content.game.as_deref().unwrap_or("-");
                format!("{}:{game}:{}:{cost}", row.line, content.key.expose())
            }
            Err(why) => format!("{}!{why}", row.line),
        });
        Ok(told.collect())
    }

    fn csv(file: &str) -> Result<Vec<String>, String> {
        told(file.as_bytes(), KeyFormat::Csv, false)
    }

    fn lines(file: &str) -> Result<Vec<String>, String> {
        told(file.as_bytes(), KeyFormat::Lines, true)
    }

    #[test]
    fn rows_of_csv_have_their_lines_whatever_stands_between_them() {
        let file = "\u{feff}Key , GAME,cost,note\r\nA-1,portal,1.50,x\r\n\r\n\"B\"\"2, c\",\"half-life\",,\n\n  \nC,portal,0\nD,portal\n,portal,1\n\
                    E,portal,1,x,y\nF,portal,-1\n\"G\n\",portal,2\nH,,3";
        let found = csv(file).unwrap();
        let expected = [
            "2:portal:A-1:1.50",
            "4:half-life:B\"2, c:",
            "7:portal:C:0.00",
            "8:portal:D:",
            "9!has no key",
            "10!has more cells than the header: a key with a comma or a quote in it stands between quotes",
            "11!has a cost that is no amount such as 12.50",
            "12:portal:G:2.00",
            "14:-:H:3.00",
        ];
        assert_eq!(found, expected);
        assert_eq!(told(b"key\nA\n", KeyFormat::Csv, true).unwrap(), ["2:-:A:"]);
    }

    #[test]
    fn lines_are_keys_and_blank_ones_are_none() {
        let found = lines("\u{feff}A-1\r\n\n \t\nB,2 \n\"C\"\nD\0\n").unwrap();
        let expected = [
            "1:-:A-1:",
            "4:-:B,2:",
            "5:-:\"C\":",
            "6!has a key with characters that do not show",
        ];
        assert_eq!(found, expected);
        assert!(lines("").unwrap().is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_read_as_a_whole_is_refused_with_the_line_and_without_a_key() {
        for (file, told) in [
            ("", "line 1: the file is empty"),
            ("\n\n", "line 1: the file is empty"),
            ("game;key\nportal;SECRET", "line 1: the header has no column `key`"),
            ("key\nSECRET", "line 1: the header has no column `game`"),
            ("game,key,key\n", "line 1: a column stands twice"),
            (
                "game,key\nportal,A\nportal,\"SECRET\nportal,B\n",
                "line 3: a quote is opened",
            ),
        ] {
            let why = csv(file).unwrap_err();
            assert!(why.starts_with(told) && !why.contains("SECRET"), "{file:?}: {why}");
        }
        let why = self::told(b"game,key\nportal,A\nportal,\xff\xfe\n", KeyFormat::Csv, false).unwrap_err();
        assert_eq!(why, "line 3: this is not text in UTF-8");
        let many = "A\n".repeat(IMPORT_ROWS_MAX + 1);
        assert_eq!(
            lines(&many).unwrap_err(),
            "line 100001: there are more than 100000 rows"
        );
        assert_eq!(lines(&many[2..]).unwrap().len(), IMPORT_ROWS_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), is_csv: bool) {
            let format = if is_csv { KeyFormat::Csv } else { KeyFormat::Lines };
            let _ = read(&bytes, format, true);
        }

        #[test]
        fn what_is_written_as_csv_is_read_as_it_was(keys in prop::collection::vec("[ -~]{1,20}", 1..20)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["game", "key"]).unwrap();
            for key in &keys {
                writer.write_record(["portal", key]).unwrap();
            }
            let rows = read(&writer.into_inner().unwrap(), KeyFormat::Csv, false).unwrap();
            let found: Vec<_> = rows.iter().map(|row| row.content.as_ref().map(|content| content.key.expose())).collect();
            let expected: Vec<_> = keys.iter().map(|key| match key.trim() {
                "" => Err(&"has no key"),
                key => Ok(key),
            }).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
