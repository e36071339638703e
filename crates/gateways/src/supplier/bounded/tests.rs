//! What is well written stays as it was; what is not costs little.

use std::process::Command;

use proptest::prelude::*;

use super::super::reading::cleaned;
use super::open::DEPTH_MAX;
use super::{OUTPUT_MAX, bounded};

/// As much as is read of a description.
const BYTES: usize = 100_000;

fn shown(html: &str) -> String {
    cleaned(&bounded(html))
}

#[test]
fn what_is_written_well_is_cleaned_as_if_there_were_no_bounds() {
    for html in [
        "",
        "Fast &amp; loud, AT&T, &copy;2026, 1 &lt; 2, 2 > 1, 3 < 4, &nbsp;\u{a0}&#8217;\r\n&notit; é",
        "<p class=\"a>b\" id='x' hidden>One<br/>two</p >\n<p>three<br>four",
        "<div><h1>Big</h1><h2>Less</h2><hr><center>mid</center></div><H3 id=x>Even less</h3>",
        "<ul><li>one<li>two<ul><li>in</li></ul></li></ul><ol type=a START=3><li>three</ol><ol start='-1'><li>x</ol><ol class=b><li>y</ol>",
        "<b><p>bold</p><p>both <i>and</i></p></b><p><b>left <i>open</p><p>goes on</i></b> not here</p>",
        "<p><b>crossed<i>tags</b>here</i></p><p><u>into <em>the</p><p>next</em></u></p>",
        "<table><caption>Specs</caption><thead><tr><th>a<th>b<tbody><tr><td>c<td><p>d<tr><td><table><tr><td>e</table></table>f",
        "<table border=1><tr><td>CPU</td><td><b>i5</b></td></tr><tr><th>RAM<td>8 GB</table><p>after",
        "<script>if (a < b) { document.write('<p>'); }</script>x<style>p > b {}</style><!-- <b> -->y<!---->z<!-->w",
        "<iframe src=x>no <b>frames</b> &amp;</iframe><noscript><p>x</p></noscript><title>a &amp; b</title>",
        "<pre>\n  kept  \n as it is</pre><dl><dt>term<dd>meaning<dt>another<dd>one</dl>",
        "<a href=\"https://x/?a=1&b=2\">link</a><img src=x onerror=y><svg><path d=''/></svg><font color=red>red</font>",
        "<!DOCTYPE html><html><head><meta charset=utf-8></head><body bgcolor=white><p>whole page</p></body></html>",
        "<a b='c\"d' e=f/g h=\"i'>j\" =k>l</a><p/ >m<br / >n</ p>o</>p<?php q ?>r<![CDATA[s]]>t<",
        "&am<span>p; &l<i>t</i>; &</span>amp; & lt; </p></br><p>end</",
        "<blockquote>quoted<form><fieldset>in a form</fieldset></form></blockquote><p>cut off <b",
    ] {
        assert_eq!(shown(html), cleaned(html), "{html}");
    }
}

#[test]
fn a_list_as_long_as_a_description_may_be_is_shown_whole() {
    let html = "<p>Some <b>bold</b> words.</p><ul><li class=\"x\">one &amp; two</li></ul>\n".repeat(1_370);
    assert!((BYTES - 3_000..BYTES).contains(&html.len()), "{}", html.len());
    assert_eq!(shown(&html), cleaned(&html));
}

/// Text and elements within a line.
fn inline() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "word ",
        "Ünïcödé ",
        "a &amp; b ",
        "AT&T ",
        "1 < 2 ",
        "&nbsp;",
        "\u{a0}",
        "\n",
        "<br>",
        "<br />",
        "&eacute;t&eacute ",
        "<img src=\"a>b\" alt='c'>",
        "<!-- a > b -->",
        "<a href='https://x/?a&b'>link</a>",
        "<wbr>",
        "\"quoted\" ",
        "&",
    ]);
    let line = prop::collection::vec(words, 1..5).prop_map(|words| words.concat());
    line.prop_recursive(2, 12, 3, |inner| {
        let tags = vec!["b", "strong", "i", "em", "u", "span", "font", "small", "sub", "code"];
        let attributes = vec!["", " class=x", " style=\"color: red\" data-a='>'", " x=1 y"];
        let pieces = (
            prop::sample::select(tags),
            prop::sample::select(attributes),
            prop::collection::vec(inner, 1..4),
        );
        pieces.prop_map(|(tag, attributes, inner)| format!("<{tag}{attributes}>{}</{tag}>", inner.concat()))
    })
}

/// Blocks, some with the end tags left out that may be.
fn blocks() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        inline().prop_map(|line| format!("<p>{line}</p>")),
        inline().prop_map(|line| format!("<P align=center>{line}\n")),
        inline().prop_map(|line| format!("<h2>{line}</h2>")),
        inline().prop_map(|line| format!("<h1 id=a>{line}</h1>\n<hr>")),
        inline().prop_map(|line| format!("<table><tr><td>{line}<td>x</td></tr></table>")),
        inline().prop_map(|line| format!("<ul><li>{line}<li>{line}</ul>")),
        inline().prop_map(|line| format!("<script>if (1 < 2) {{}}</script>{line}")),
        inline(),
    ];
    text.prop_recursive(3, 24, 4, |inner| {
        let around = vec![
            ("<div class=\"a\">", "</div>"),
            ("<section>", "</section>"),
            ("<blockquote>", "</blockquote>"),
            ("<ul><li>", "</li></ul>"),
            ("<ol><li>x<li>", "</ol>"),
            ("<dl><dd>", "</dl>"),
            ("<table><tr><td>", "</table>"),
        ];
        (prop::sample::select(around), prop::collection::vec(inner, 1..4))
            .prop_map(|((begin, end), inner)| format!("{begin}{}{end}", inner.concat()))
    })
}

/// Whatever a stranger may put together.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<p>",
        "</p>",
        "t",
        "<b>",
        "<b x=0>",
        "<b x=1>",
        "</b>",
        "<i a>",
        "</i>",
        "<strong>",
        "<u>",
        "<em>",
        "<div>",
        "</div>",
        "<ul>",
        "</ul>",
        "<li>",
        "</li>",
        "<dd>",
        "<h2>",
        "</h3>",
        "<h4>",
        "<blockquote>",
        "<table>",
        "<td>",
        "</table>",
        "<select>",
        "<svg>",
        "<math>",
        "<template>",
        "</template>",
        "<a x=",
        "'",
        "\"",
        ">",
        "<",
        "&",
        "&am",
        "p;",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<textarea>",
        "</textarea>",
        "\u{a0}",
        "é",
        "</br>",
        "<object>",
        "<plaintext>",
        "<font",
        " ",
        "/",
        "=",
        "</",
    ]);
    (prop::collection::vec(pieces, 1..40), 1_usize..300).prop_map(|(pieces, times)| pieces.concat().repeat(times))
}

/// How deep the deepest element is.
fn depth(html: &str) -> usize {
    let (mut deepest, mut depth) = (0, 0_usize);
    for tag in html.split('<').skip(1).filter(|tag| !tag.starts_with("br>")) {
        depth = if tag.starts_with('/') { depth - 1 } else { depth + 1 };
        deepest = deepest.max(depth);
    }
    deepest
}

proptest! {
    #[test]
    fn whatever_is_written_well_is_cleaned_as_if_there_were_no_bounds(
        html in prop::collection::vec(blocks(), 1..6),
        around in prop::sample::select(vec![("", ""), ("<b>", "</b>"), ("<i><u>", "</u></i>")]),
    ) {
        let html = format!("{}{}{}", around.0, html.concat(), around.1);
        prop_assert_eq!(shown(&html), cleaned(&html), "{}", html);
    }

    #[test]
    fn whatever_is_not_stays_within_bounds(html in hostile()) {
        let shown = shown(&html);
        prop_assert!(shown.len() <= OUTPUT_MAX, "{} of {}", shown.len(), html.len());
        prop_assert!(depth(&shown) <= 10 * DEPTH_MAX, "{}", depth(&shown));
    }
}

/// What takes a parser more than its length deserves, as long as a description may be.
fn costly() -> Vec<String> {
    let numbered =
        |piece: &str, count: usize| -> String { (0..count).map(|n| piece.replace('#', &n.to_string())).collect() };
    let mut all: Vec<String> = [20_000, 50_000, BYTES]
        .map(|bytes| {
            let formatting = numbered("<b x=#>", bytes / 20);
            format!("<p>{formatting}{}", "<p>t".repeat((bytes - formatting.len()) / 4))
        })
        .to_vec();
    all.push(format!("<b {}>t", numbered(" a#", 14_000)));
    all.push(numbered("<table x=#><b y=#>t", 5_000));
    all.push(format!("{}{}", numbered("<td><b x=#>", 4_000), "<p>t".repeat(10_000)));
    let formatting = "<b><strong><i><em><u>".repeat(3);
    for unit in [
        "<p>t",
        "<blockquote>",
        "<ul><li>t",
        "<dd><li>",
        "</p>",
        "<a>t<p>",
        "<font x=1>t<p>",
        "<b><div>t</b>",
        "<table>t",
        "<b><ul><li><ol><li><ul><li><ol><li><p></b></ul></ul></ul>",
        "<svg><b>",
        "<select><option>t",
        "<h1><div>",
        "<x ",
        "<!--",
        "<script>",
        "<iframe>",
        "&",
        "<",
        "</",
        "\u{a0}",
        "<b></p>",
        "<nobr>t",
        "<template>",
        "<object><b>t",
    ] {
        all.push(format!("{formatting}{}", unit.repeat(BYTES / unit.len())));
        all.push(unit.repeat(BYTES / unit.len()));
    }
    all
}

/// Run by the test below, in a process that has little of everything.
#[test]
#[ignore = "says nothing without limits, which the next test sets"]
fn costly_descriptions_are_cleaned() {
    for html in costly() {
        let shown = shown(&html[..html.floor_char_boundary(BYTES)]);
        assert!(shown.len() <= OUTPUT_MAX, "{} of {}", shown.len(), &html[..40]);
    }
}

#[test]
fn no_description_takes_much_memory_or_time() {
    let this = std::env::current_exe().unwrap();
    let ended = Command::new("sh")
        // Addresses in kilobytes, of which the program and its threads take a part; seconds of a processor for all.
        .args(["-c", "ulimit -v 400000 && ulimit -t 60 && exec \"$0\" \"$@\""])
        .arg(this)
        .args(["--exact", "supplier::bounded::tests::costly_descriptions_are_cleaned"])
        .args(["--ignored", "--test-threads=1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success() && said.contains("1 passed"),
        "{:?}: {said}{}",
        ended.status,
        String::from_utf8_lossy(&ended.stderr)
    );
}
