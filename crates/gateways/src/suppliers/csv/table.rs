//! The rows of a file, one after the other, in bounded memory; and whether its last quote is closed.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read, Seek, SeekFrom};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use super::columns::Places;
use super::{CsvEncoding, CsvFormat, ROW_BYTES_MAX, SupplierError, unusable};

/// What is read behind the end of the file, as a row of its own. A quote that is still open swallows it.
const END: &[u8] = b"\n\x03end of file\x03\n";
const END_CELL: &[u8] = b"\x03end of file\x03";
/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// Read from the file at once.
const READ_BYTES: usize = 64 * 1024;

/// A file with [`END`] behind it.
type Ended = Chain<File, Cursor<&'static [u8]>>;

/// Passes bytes on, and fails when a row does not end.
struct Bounded<R> {
    inner: R,
    /// Since the row began, but for what was read ahead.
    passed: usize,
}

/// Why a row is too long.
#[derive(Debug, thiserror::Error)]
#[error("the row has more than {ROW_BYTES_MAX} bytes")]
struct TooLong;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.passed > ROW_BYTES_MAX {
            return Err(io::Error::other(TooLong));
        }
        let read = self.inner.read(buffer)?;
        self.passed += read;
        Ok(read)
    }
}

/// The rows of a file below its header.
pub(super) struct Table {
    reader: Reader<Bounded<Ended>>,
    row: ByteRecord,
    bytes: u64,
    /// About where the row in hand begins; blank lines before it may belong to it.
    started: u64,
    is_over: bool,
    pub(super) places: Places,
}

impl Table {
    /// Reads the header of a file of so many `bytes`.
    ///
    /// # Errors
    /// When there is no header in which every column stands once.
    pub(super) fn open(mut file: File, mut bytes: u64, format: &CsvFormat) -> Result<Self, SupplierError> {
        let marked =
            format.encoding == CsvEncoding::Utf8 && begins_with_a_mark(&mut file).map_err(|error| failed(&error))?;
        let begin = if marked { MARK.len() as u64 } else { 0 };
        file.seek(SeekFrom::Start(begin)).map_err(|error| failed(&error))?;
        bytes -= begin;
        let end = Cursor::new(END);
        let reader = ReaderBuilder::new()
            .delimiter(format.separator)
            .has_headers(false)
            .flexible(true)
            // A carriage return before it stays at the end of a cell, where spaces are dropped anyhow: that way the
            // reader's count of lines is right.
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(READ_BYTES)
            .from_reader(Bounded {
                inner: file.chain(end),
                passed: 0,
            });
        let mut table = Self {
            reader,
            row: ByteRecord::new(),
            bytes,
            started: 1,
            is_over: false,
            places: Places::default(),
        };
        let Some(line) = table.advance()? else {
            return Err(unusable("the file is empty"));
        };
        let header = table.row.as_slice();
        if header.contains(&0) || header.starts_with(&[0xff, 0xfe]) || header.starts_with(&[0xfe, 0xff]) {
            return Err(unusable(format!(
                "line {line}: this is not text in the encoding of the settings, but UTF-16 or no text at all"
            )));
        }
        let titles: Vec<String> = table
            .row
            .iter()
            .map(|cell| decoded(cell, format.encoding).unwrap_or_else(|| String::from_utf8_lossy(cell).into_owned()))
            .collect();
        table.places = Places::find(&format.columns, &titles, line)?;
        Ok(table)
    }

    /// The next row and the line in which it begins; `None` behind the last.
    ///
    /// # Errors
    /// When a row is too long, or the file ends inside a quote.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &ByteRecord)>, SupplierError> {
        Ok(self.advance()?.map(|line| (line, &self.row)))
    }

    fn advance(&mut self) -> Result<Option<u64>, SupplierError> {
        while !self.is_over {
            self.reader.get_mut().passed = 0;
            let begins = self.reader.position().line();
            let is_row = self
                .reader
                .read_byte_record(&mut self.row)
                .map_err(|error| unusable(format!("line {begins}: {}", reason(error))))?;
            if !is_row {
                return Err(unusable(format!(
                    "line {}: a quote is opened in the row that begins here, and the file ends before it is closed",
                    self.started
                )));
            }
            self.started = begins;
            let reached = self.reader.position();
            let only = (self.row.len() == 1).then(|| self.row.as_slice());
            self.is_over = reached.byte() > self.bytes && only == Some(END_CELL);
            let is_blank = only.is_some_and(|cell| cell.trim_ascii().is_empty());
            if !self.is_over && !is_blank {
                // The line behind the row, less the row's own lines: blank ones before it do not count.
                let inside = self.row.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
                return Ok(Some(reached.line().saturating_sub(inside + 1).max(1)));
            }
        }
        Ok(None)
    }
}

/// Whether the file begins with the byte order mark of UTF-8.
fn begins_with_a_mark(file: &mut File) -> io::Result<bool> {
    let mut first = Vec::with_capacity(MARK.len());
    file.seek(SeekFrom::Start(0))?;
    file.take(MARK.len() as u64).read_to_end(&mut first)?;
    Ok(first == MARK)
}

/// The text of a cell; `None` if it is not in this encoding.
pub(super) fn decoded(cell: &[u8], encoding: CsvEncoding) -> Option<String> {
    match encoding {
        CsvEncoding::Utf8 => encoding_rs::UTF_8
            .decode_without_bom_handling_and_without_replacement(cell)
            .map(std::borrow::Cow::into_owned),
        CsvEncoding::Windows1252 => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell);
            Some(text.into_owned())
        }
    }
}

fn reason(error: csv::Error) -> String {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        other => format!("{other:?}"),
    }
}

fn failed(error: &io::Error) -> SupplierError {
    unusable(format!("the copy of the file cannot be read: {error}"))
}
