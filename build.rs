//! Renders the C header and compares it with the committed one; names the shared library.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What C sees, in the order of the header; and what it does not.
const FFI_FILES: [&str; 15] = [
    "numbers",
    "types",
    "library",
    "config",
    "config_auth",
    "config_transport",
    "client",
    "polling",
    "queue",
    "channels",
    "authorize",
    "api",
    "server",
    "event",
    "metrics",
];

const INNER_FILES: [&str; 6] = ["mod", "guard", "handles", "layout", "planted", "text"];

fn main() {
    println!("cargo:rerun-if-env-changed=PUSHERWS_UPDATE_HEADER");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=include/pusherws.h");
    println!("cargo:rerun-if-changed=src/ffi");
    name_library();
    check_header();
}

fn name_library() {
    let target = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let abi = 0; // As in `pusher_abi_version`; a test compares the two.
    match target.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libpusherws.so.{abi}");
            // Thread-local destructors would keep the library loaded anyway, and the fork handler
            // needs it: so say it, instead of leaving it to chance.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
            // Which symbols leave it: rustc gives the linker the list of `#[no_mangle]` functions;
            // `scripts/check-symbols.sh` compares the result with `abi/symbols.txt`.
        }
        "macos" => {
            println!(
                "cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libpusherws.{abi}.dylib"
            );
        }
        _ => {}
    }
}

fn check_header() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let rendered = render(&root);
    let path = root.join("include/pusherws.h");
    let committed = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if rendered == committed {
        return;
    }
    if env::var_os("PUSHERWS_UPDATE_HEADER").is_some() {
        fs::write(&path, rendered).expect("include/pusherws.h can be written");
        return;
    }
    // For those who want to see the difference.
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("pusherws.h");
    let _ = fs::write(&out, rendered);
    panic!(
        "include/pusherws.h does not match src/ffi; write it anew with\n    \
         PUSHERWS_UPDATE_HEADER=1 cargo build\n(what it should be is in {})",
        out.display()
    );
}

fn render(root: &Path) -> String {
    let mut config =
        cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    config.header = Some(fs::read_to_string(root.join("src/ffi/header.h")).expect("header.h"));
    config.after_includes = Some(version_macros());
    for entry in fs::read_dir(root.join("src/ffi")).expect("src/ffi can be read") {
        let path = entry.expect("src/ffi can be read").path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let rust = path.extension().is_some_and(|extension| extension == "rs");
        let known = FFI_FILES.contains(&name) || INNER_FILES.contains(&name);
        assert!(!rust || known, "build.rs has to know where src/ffi/{name}.rs goes in the header");
    }
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in FFI_FILES {
        builder = builder.with_src(root.join(format!("src/ffi/{file}.rs")));
    }
    let mut header = Vec::new();
    builder.generate().expect("cbindgen reads src/ffi").write(&mut header);
    let header = for_old_compilers(&String::from_utf8(header).expect("the header is UTF-8"));
    check_enums(root, &header);
    header
}

/// What cbindgen writes is C99: C89 knows neither `//` nor a comma behind the last of an enum, and warns of
/// a macro that it does not have.
fn for_old_compilers(header: &str) -> String {
    const C23: &str = "__STDC_VERSION__ >= 202311L";
    let mut plain = String::with_capacity(header.len());
    for line in header.lines() {
        let code = line.starts_with(['#', '}']);
        match line.split_once("//") {
            Some((before, comment)) if code => {
                plain.push_str(&format!("{} /* {} */", before.trim_end(), comment.trim()));
            }
            _ if line.starts_with("#if ") => {
                plain
                    .push_str(&line.replace(C23, &format!("(defined(__STDC_VERSION__) && {C23})")));
            }
            _ => plain.push_str(line),
        }
        plain.push('\n');
    }
    plain.replace(",\n};", "\n};")
}

/// Functions take their enums as plain numbers, so that cbindgen finds none of them by itself.
fn check_enums(root: &Path, header: &str) {
    let numbers = fs::read_to_string(root.join("src/ffi/numbers.rs")).expect("numbers.rs");
    for line in numbers.lines() {
        let Some(name) = line.strip_prefix("pub enum ").and_then(|rest| rest.strip_suffix(" {"))
        else {
            continue;
        };
        let found = header.contains(&format!("typedef enum {name} {name};"));
        assert!(found, "cbindgen.toml has to include {name}, or the header lacks it");
    }
}

fn version_macros() -> String {
    let part = |name: &str| env::var(format!("CARGO_PKG_VERSION_{name}")).expect("cargo sets it");
    let (major, minor, patch) = (part("MAJOR"), part("MINOR"), part("PATCH"));
    format!(
        "
/**
 * The version of this header. `pusher_version` tells the library's.
 */
#define PUSHER_VERSION \"{major}.{minor}.{patch}\"
#define PUSHER_VERSION_MAJOR {major}
#define PUSHER_VERSION_MINOR {minor}
#define PUSHER_VERSION_PATCH {patch}

/**
 * The version of the binary interface that this header describes. See `pusher_abi_version`.
 */
#define PUSHER_ABI_VERSION 0

/**
 * How the functions are declared. Define PUSHERWS_STATIC before including this header where you link
 * the static library on Windows.
 */
#if !defined(PUSHER_API)
#  if defined(_WIN32) && !defined(PUSHERWS_STATIC)
#    define PUSHER_API __declspec(dllimport)
#  else
#    define PUSHER_API
#  endif
#endif"
    )
}
