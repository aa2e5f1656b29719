//! `docs/reliability.md` names a test for each promise; each of them has to be there.

use std::fs;
use std::path::Path;

/// `file::name`, between backticks.
fn named(page: &str) -> Vec<(&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once("::")).filter(|(file, _)| file.contains('/')).collect()
}

fn is_there(file: &str, name: &str) -> bool {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
    let text = text.unwrap_or_default();
    match file.ends_with(".rs") {
        true => {
            let test = |at: usize| text[..at].trim_end().ends_with("#[test]");
            // A property test has arguments.
            text.match_indices(&format!("fn {name}(")).any(|(at, _)| test(at))
        }
        false => text.contains(&format!("{{\"{name}\", {name}}}")),
    }
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let page = include_str!("../docs/reliability.md");
    let named = named(page);
    let missing: Vec<_> = named.iter().filter(|(file, name)| !is_there(file, name)).collect();
    assert!(missing.is_empty(), "docs/reliability.md names tests that are not there: {missing:?}");
    assert!(named.len() > 50, "only {} were found; has the page another form now?", named.len());
}

#[test]
fn one_that_is_not_there_is_found_out() {
    assert!(is_there("tests/promises.rs", "one_that_is_not_there_is_found_out"));
    assert!(!is_there("tests/promises.rs", "is_there"));
    assert!(!is_there("tests/no_such_file.rs", "one_that_is_not_there_is_found_out"));
    assert!(!is_there("tests/c/load.c", "no_such_test"));
}
