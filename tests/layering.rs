//! The arrows between the floors run one way: `ffi -> client -> engine -> session -> protocol`.

use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the lowest up; a file may use its own floor and those below it.
const FLOORS: [&str; 6] = ["error", "protocol", "session", "engine", "client", "ffi"];

/// Files that stand beside a floor's own.
const BESIDE: [(&str, &str); 2] = [("config", "client"), ("api", "client")];

/// What protocol and session must never touch: there is no I/O, thread or clock in them.
const NOT_BELOW_ENGINE: [&str; 8] = [
    "tokio",
    "std::net::Tcp",
    "std::net::Udp",
    "std::thread",
    "std::fs",
    "std::io",
    "std::env",
    "Instant",
];

fn floor_of(module: &str) -> Option<usize> {
    let beside = BESIDE.iter().find(|(name, _)| *name == module);
    let floor = beside.map_or(module, |(_, floor)| floor);
    FLOORS.iter().position(|name| *name == floor)
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a file names as `crate::module`, with their lines.
fn uses(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for part in code.split("crate::").skip(1) {
            let module: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            found.push((number + 1, module));
        }
    }
    found
}

fn violations(src: &Path) -> Vec<String> {
    let mut files = Vec::new();
    sources(src, &mut files);
    let mut wrong = Vec::new();
    for path in files {
        let inside = path.strip_prefix(src).unwrap();
        let top = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = top.trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let own = floor_of(module).unwrap_or_else(|| panic!("{module} is on no floor"));
        let text = fs::read_to_string(&path).unwrap();
        for (line, used) in uses(&text) {
            let floor = floor_of(&used)
                .unwrap_or_else(|| panic!("{}:{line}: {used} is on no floor", inside.display()));
            if floor > own {
                wrong.push(format!("{}:{line} uses crate::{used}", inside.display()));
            }
        }
        if own < floor_of("engine").unwrap() {
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in NOT_BELOW_ENGINE.iter().filter(|word| code.contains(**word)) {
                    wrong.push(format!("{}:{} uses {word}", inside.display(), number + 1));
                }
            }
        }
    }
    wrong
}

#[test]
fn no_floor_uses_one_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let wrong = violations(&src);
    assert!(wrong.is_empty(), "arrows that run upwards:\n{}", wrong.join("\n"));
}

#[test]
fn this_test_would_notice() {
    let dir = std::env::temp_dir().join(format!("pusherws-layering-{}", std::process::id()));
    fs::create_dir_all(dir.join("session")).unwrap();
    fs::write(dir.join("session/mod.rs"), "use crate::engine::x;\nuse std::time::Instant;\n")
        .unwrap();
    let wrong = violations(&dir);
    fs::remove_dir_all(&dir).unwrap();
    assert_eq!(wrong.len(), 2, "{wrong:?}");
}
