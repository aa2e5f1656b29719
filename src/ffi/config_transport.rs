//! `pusher_config`: how connections are made: TLS, proxies, headers, addresses, deadlines, and how
//! they are made again.

use std::ffi::c_char;

use crate::error::{Error, Result, Status};
use crate::ffi::config::{change, milliseconds};
use crate::ffi::numbers;
use crate::ffi::text::{optional, required};
use crate::ffi::types::pusher_config;

fn known<T>(found: Option<T>, number: i32, what: &str) -> Result<T> {
    found.ok_or_else(|| Error::new(Status::Argument, format!("{number} is no {what}")))
}

/// Adds a host that is tried when those before it cannot be reached; up to 15. A host that has not
/// been tried in a round is tried at once; after a round in which all failed the client waits as
/// `pusher_config_set_backoff` says. A connection that is lost is first tried again where it was.
///
/// @param host  a host name or an IP address, as for `pusher_config_set_host`; copied
/// @param port  1 to 65535; 0 for the port of the first host
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_add_host(
    config: *mut pusher_config,
    host: *const c_char,
    port: i32,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.add_host(unsafe { required("host", host) }?, port))
}

/// Trusts the certificate authorities of a file, beside those of the platform: for a server with a
/// certificate of your own authority. The file is read now.
///
/// @param path  a file with one or more certificates in PEM; copied
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where it cannot be read, or holds no certificate;
///         PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_add_ca_file(
    config: *mut pusher_config,
    path: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.add_ca_file(unsafe { required("path", path) }?))
}

/// Trusts the certificate authorities of a PEM text, beside those of the platform.
///
/// @param pem  one or more certificates; copied
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where it holds no certificate; PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_add_ca_pem(
    config: *mut pusher_config,
    pem: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.add_ca_pem(unsafe { required("pem", pem) }?))
}

/// Sets the certificate that is presented to servers which ask for one.
///
/// @param chain_pem  the certificate, and those between it and the authority, in PEM; copied
/// @param key_pem    its private key in PEM (PKCS#8, PKCS#1 or SEC1), not encrypted; copied, never
///                   logged
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where one of them cannot be used, or they do not belong
///         together; PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_client_certificate(
    config: *mut pusher_config,
    chain_pem: *const c_char,
    key_pem: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: NUL-terminated strings, by contract.
        let (chain, key) =
            unsafe { (required("chain_pem", chain_pem)?, required("key_pem", key_pem)?) };
        config.set_client_certificate(chain, key)
    })
}

/// The same from two files, which are read now.
///
/// @param chain_path  the certificate's file; copied
/// @param key_path    the private key's file; copied
/// @return PUSHER_OK; PUSHER_ERR_ARGUMENT where one of them cannot be read or used;
///         PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_client_certificate_files(
    config: *mut pusher_config,
    chain_path: *const c_char,
    key_path: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: NUL-terminated strings, by contract.
        let (chain, key) =
            unsafe { (required("chain_path", chain_path)?, required("key_path", key_path)?) };
        config.set_client_certificate_files(chain, key)
    })
}

/// Pins a public key: a server is accepted only where its own certificate has this key, or another
/// that is pinned. The certificate is checked against the trust store all the same, unless
/// `pusher_config_set_insecure_skip_verify` has switched that off.
///
/// Counts for the hosts of this config and for the HTTP API's host; not for an authorisation endpoint
/// on another host, which has a key of its own.
///
/// @param key  "sha256/" and the base64 of the SHA-256 of the certificate's SubjectPublicKeyInfo, as
///             curl's --pinnedpubkey has it after "sha256//"; a refusal's error shows the server's;
///             copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0. RFC 7469, section 2.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_add_pinned_key(
    config: *mut pusher_config,
    key: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.add_pinned_key(unsafe { required("key", key) }?))
}

/// INSECURE. Accepts any certificate, expired, for another name or made by anybody: whoever is on
/// the way can read and change everything, the secret's signatures included. For experiments; to
/// trust a server of your own, use `pusher_config_add_ca_file`, or pin its key. Default: off.
///
/// Pinned keys still count: with one, this is a secure way to a server with a self-signed
/// certificate.
///
/// @param skip  0 for the usual checks, anything else to skip them
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_insecure_skip_verify(
    config: *mut pusher_config,
    skip: i32,
) -> i32 {
    change(config, |config| {
        config.set_insecure_skip_verify(skip != 0);
        Ok(())
    })
}

/// Sets the versions of TLS that are spoken. Default: PUSHER_TLS_1_2 to PUSHER_TLS_1_3.
///
/// @param oldest  a `pusher_tls_version`
/// @param newest  a `pusher_tls_version`, not older
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_tls_versions(
    config: *mut pusher_config,
    oldest: i32,
    newest: i32,
) -> i32 {
    change(config, |config| {
        let oldest = known(numbers::tls_version(oldest), oldest, "pusher_tls_version")?;
        let newest = known(numbers::tls_version(newest), newest, "pusher_tls_version")?;
        config.set_tls_versions(oldest, newest)
    })
}

/// Goes through a proxy, for the WebSocket and for HTTP. Default: what the environment variables
/// HTTPS_PROXY (HTTP_PROXY without TLS), ALL_PROXY and NO_PROXY say when the process first connects.
///
/// @param url     http://HOST:PORT for a proxy with CONNECT; socks5:// where this machine finds the
///                server's address, socks5h:// where the proxy does; user and password, where it
///                wants them, stand before HOST as in every URL; NULL for no proxy, whatever the
///                environment says; copied, the password is never logged
/// @param except  hosts that are connected to directly, written as NO_PROXY is: names, domains and
///                address ranges, separated by commas; NULL for none; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_proxy(
    config: *mut pusher_config,
    url: *const c_char,
    except: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: NULL or NUL-terminated strings, by contract.
        let (url, except) = unsafe { (optional("url", url)?, optional("except", except)?) };
        match url {
            Some(url) => config.set_proxy(url, except),
            None => {
                config.set_no_proxy();
                Ok(())
            }
        }
    })
}

/// Adds a header to the WebSocket's opening handshake. Not to requests of the authorisation
/// endpoint, which have `pusher_config_add_auth_header`.
///
/// @param name   a header that the handshake does not set itself; copied
/// @param value  copied; never logged
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_add_header(
    config: *mut pusher_config,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    change(config, |config| {
        // SAFETY: NUL-terminated strings, by contract.
        let (name, value) = unsafe { (required("name", name)?, required("value", value)?) };
        config.add_header(name, value)
    })
}

/// Sets the Origin of the WebSocket's opening handshake, for servers that let in only origins which
/// they know. Default: none.
///
/// @param origin  such as "https://example.com"; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_origin(
    config: *mut pusher_config,
    origin: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_origin(unsafe { required("origin", origin) }?))
}

/// Connects from one of the machine's addresses. Call it twice to set one of each family. Default:
/// the system chooses.
///
/// @param address  an IPv4 or IPv6 address; copied
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_set_bind_address(
    config: *mut pusher_config,
    address: *const c_char,
) -> i32 {
    // SAFETY: a NUL-terminated string, by contract.
    change(config, |config| config.set_bind_address(unsafe { required("address", address) }?))
}

/// Sets after how long a silence TCP itself asks whether the other side is there (SO_KEEPALIVE).
/// Default: 60000 ms. The protocol's own pings do so, too.
///
/// @param idle_ms  0 for never; up to 86400000, in whole seconds, at least one
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_tcp_keepalive(config: *mut pusher_config, idle_ms: i32) -> i32 {
    change(config, |config| config.set_tcp_keepalive(milliseconds("the keep-alive time", idle_ms)?))
}

/// Sends small frames at once (TCP_NODELAY), instead of waiting for more. Default: on.
///
/// @param nodelay  0 for off, anything else for on
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_tcp_nodelay(config: *mut pusher_config, nodelay: i32) -> i32 {
    change(config, |config| {
        config.set_tcp_nodelay(nodelay != 0);
        Ok(())
    })
}

/// Sets how long one step of connecting may take; its error says which step it was. The whole is
/// limited by `pusher_config_set_connect_timeout` as well. Default: 10000 ms each.
///
/// @param phase       a `pusher_connect_phase`
/// @param timeout_ms  1 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_phase_timeout(
    config: *mut pusher_config,
    phase: i32,
    timeout_ms: i32,
) -> i32 {
    change(config, |config| {
        let phase = known(numbers::connect_phase(phase), phase, "pusher_connect_phase")?;
        config.set_phase_timeout(phase, milliseconds("the time for a step", timeout_ms)?)
    })
}

/// Sets after how many failed tries in a row the client gives up: its state is then
/// PUSHER_STATE_FAILED, and a pending connect completes with the last error. Default: 0, never.
///
/// @param tries  0 for no limit
/// @return PUSHER_OK, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_max_tries(config: *mut pusher_config, tries: u32) -> i32 {
    change(config, |config| {
        config.set_max_tries(tries);
        Ok(())
    })
}

/// Lets your program decide about each try to connect again: none begins before you have answered
/// the PUSHER_EVENT_STATE_CHANGE that announces it with `pusher_client_retry`, or this much time is
/// over. Its `retry_in_ms` is then the delay that the client would choose, for you to agree to; a try
/// that you do not answer begins when both that delay and the patience are over. Default: 0, and tries
/// begin by themselves.
///
/// @param patience_ms  0 to 86400000
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_retry_patience(
    config: *mut pusher_config,
    patience_ms: i32,
) -> i32 {
    change(config, |config| {
        config.set_retry_patience(milliseconds("the patience before a try", patience_ms)?)
    })
}

/// Sets what happens to messages when your callbacks do not keep up, and as many wait as
/// `pusher_config_set_queue_capacity` allows. Default: PUSHER_QUEUE_BLOCK.
///
/// Only messages are dropped, never what the client itself has to tell. PUSHER_EVENT_DROPPED says how
/// many and where, and `pusher_client_dropped` counts them. PUSHER_QUEUE_DROP_OLDEST drops an eighth
/// of the queue at a time.
///
/// @param policy  a `pusher_queue_policy`
/// @return PUSHER_OK, PUSHER_ERR_ARGUMENT, PUSHER_ERR_HANDLE
///
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_config_set_queue_policy(config: *mut pusher_config, policy: i32) -> i32 {
    change(config, |config| {
        config.set_queue_policy(known(
            numbers::queue_policy(policy),
            policy,
            "pusher_queue_policy",
        )?);
        Ok(())
    })
}
