//! Tables as CSV files (RFC 4180), without anything that a spreadsheet would run as a formula.

/// A text as a spreadsheet shows it and does not run it: one that begins like a formula gets an apostrophe before it, which
/// spreadsheets take as "this is text".
pub(crate) fn neutral(text: &str) -> String {
    const BEGINS_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    // Blanks before it do not keep every spreadsheet from running it.
    if text.trim_start_matches(' ').starts_with(BEGINS_FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// A line of a file.
pub(crate) fn line(fields: impl IntoIterator<Item = String>) -> String {
    let fields: Vec<String> = fields.into_iter().map(quoted).collect();
    fields.join(",") + "\r\n"
}

fn quoted(field: String) -> String {
    let is_plain = !field.contains([',', '"', '\r', '\n']) && field.trim() == field;
    if is_plain {
        return field;
    }
    format!("\"{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use domain::money::Cents;

    use super::super::cell::Cell;
    use super::*;

    #[test]
    fn no_text_becomes_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"] {
            assert_eq!(Cell::text(text).exported(), format!("'{text}"), "{text:?}");
        }
        for text in ["", "a=1", "Fallout 4 - Steam", "'=1"] {
            assert_eq!(Cell::text(text).exported(), text);
        }
        // Numbers are no texts: a spreadsheet has to calculate with them.
        assert_eq!(Cell::Number(-5).exported(), "-5");
        assert_eq!(Cell::Money(Cents::new(1_999)).exported(), "19.99");
    }

    #[test]
    fn what_separates_is_quoted() {
        let fields = ["plain", "a,b", "say \"hi\"", "two\r\nlines", " blank", ""];
        assert_eq!(
            line(fields.map(str::to_owned)),
            "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",\" blank\",\r\n"
        );
    }
}
