//! TLS: whom to trust, as whom to present oneself, and which versions to speak.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use once_cell::race::OnceBox;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme,
    SupportedProtocolVersion,
};
use rustls_platform_verifier::Verifier;
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use crate::engine::stream::PlainWrites;
use crate::error::{Error, Result, Status};

/// How the digest of a pinned key begins.
const PIN_PREFIX: &str = "sha256/";

/// The SHA-256 of a certificate's SubjectPublicKeyInfo.
pub type Pin = [u8; 32];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    Tls12,
    Tls13,
}

/// What differs from the usual: the platform's trust store, and no certificate of one's own.
#[derive(Clone)]
pub struct TlsOptions {
    /// Trusted beside the platform's.
    extra_roots: Vec<CertificateDer<'static>>,
    identity: Option<Arc<CertifiedKey>>,
    pins: Vec<Pin>,
    unverified: bool,
    oldest: TlsVersion,
    newest: TlsVersion,
}

impl TlsOptions {
    /// For a dump.
    pub fn describe(&self) -> serde_json::Value {
        serde_json::json!({
            "extra_authorities": self.extra_roots.len(),
            "client_certificate": self.identity.is_some(),
            "pinned_keys": self.pins.len(),
            "verification_skipped": self.unverified,
            "versions": format!("{:?} to {:?}", self.oldest, self.newest),
        })
    }
}

impl Default for TlsOptions {
    fn default() -> TlsOptions {
        TlsOptions {
            extra_roots: Vec::new(),
            identity: None,
            pins: Vec::new(),
            unverified: false,
            oldest: TlsVersion::Tls12,
            newest: TlsVersion::Tls13,
        }
    }
}

/// Without the certificates, which are long, and without the key.
impl fmt::Debug for TlsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions")
            .field("extra_roots", &self.extra_roots.len())
            .field("identity", &self.identity.is_some())
            .field("pins", &self.pins.len())
            .field("unverified", &self.unverified)
            .field("versions", &(self.oldest, self.newest))
            .finish()
    }
}

impl TlsOptions {
    /// Trusts the authorities in a PEM text, too.
    pub fn add_roots(&mut self, pem: &[u8]) -> Result<()> {
        let roots = certificates(pem)?;
        for root in &roots {
            // Told now, and not by a handshake which fails for no visible reason.
            rustls::RootCertStore::empty().add(root.clone()).map_err(|error| {
                argument(format!("the PEM holds a certificate that cannot be used: {error}"))
            })?;
        }
        self.extra_roots.extend(roots);
        Ok(())
    }

    /// Presents this certificate to servers that ask for one.
    pub fn set_identity(&mut self, chain_pem: &[u8], key_pem: &[u8]) -> Result<()> {
        let chain = certificates(chain_pem)?;
        // The parser's own error could quote what it read.
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_| {
            argument(
                "the key's PEM holds no private key that can be read (PKCS#8, PKCS#1 or SEC1, not \
                 encrypted)",
            )
        })?;
        let identity = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| {
            argument(format!("the client certificate and its key cannot be used: {error}"))
        })?;
        self.identity = Some(Arc::new(identity));
        Ok(())
    }

    /// Accepts only servers with this key, or another that is pinned: `sha256/` and base64.
    pub fn add_pin(&mut self, pin: &str) -> Result<()> {
        let digest = pin.strip_prefix(PIN_PREFIX).and_then(|text| STANDARD.decode(text).ok());
        let digest = digest.and_then(|bytes| Pin::try_from(bytes).ok());
        self.pins.push(digest.ok_or_else(|| {
            argument(
                "a pinned key is sha256/ (with one slash, not two as curl has it) and the base64 of \
                 the 32-byte SHA-256 of the certificate's SubjectPublicKeyInfo",
            )
        })?);
        Ok(())
    }

    pub fn set_unverified(&mut self, unverified: bool) {
        self.unverified = unverified;
    }

    pub fn set_versions(&mut self, oldest: TlsVersion, newest: TlsVersion) -> Result<()> {
        if oldest > newest {
            return Err(argument("the oldest TLS version is newer than the newest"));
        }
        (self.oldest, self.newest) = (oldest, newest);
        Ok(())
    }

    fn is_usual(&self) -> bool {
        self.extra_roots.is_empty()
            && self.identity.is_none()
            && self.pins.is_empty()
            && !self.unverified
            && (self.oldest, self.newest) == (TlsVersion::Tls12, TlsVersion::Tls13)
    }

    fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let all = [
            (TlsVersion::Tls12, &rustls::version::TLS12),
            (TlsVersion::Tls13, &rustls::version::TLS13),
        ];
        let wanted = all.into_iter().filter(|(v, _)| (self.oldest..=self.newest).contains(v));
        wanted.map(|(_, version)| version).collect()
    }

    fn config(&self, pinned: bool) -> Result<Arc<ClientConfig>> {
        // The provider is named: where two are compiled in, rustls's default panics.
        let provider = provider();
        let trust = match self.unverified {
            true => None,
            false => Some(
                Verifier::new_with_extra_roots(self.extra_roots.clone(), Arc::clone(&provider))
                    .map_err(|error| unusable(&error))?,
            ),
        };
        let pins = if pinned { self.pins.clone() } else { Vec::new() };
        let verifier = Arc::new(Judge { trust, pins, provider: Arc::clone(&provider) });
        // No ALPN: some servers would choose h2, which has no WebSocket upgrade.
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions())
            .map_err(|error| unusable(&error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        Ok(Arc::new(match &self.identity {
            None => config.with_no_client_auth(),
            Some(identity) => config
                .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(identity)))),
        }))
    }
}

/// Options, and what is made of them once: a trust store is large, and clients share it.
#[derive(Default)]
pub struct Tls {
    options: TlsOptions,
    config: Made,
    pinned: Made,
}

/// Made by whoever comes first, and not waited for: after a fork one who makes it may be missing, see
/// [`fork`](crate::engine::fork). Who comes second meanwhile makes it in vain.
type Made = OnceBox<Arc<ClientConfig>>;

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl Tls {
    pub fn new(options: TlsOptions) -> Tls {
        Tls { options, ..Tls::default() }
    }

    pub fn options(&self) -> &TlsOptions {
        &self.options
    }

    pub async fn handshake(
        self: &Arc<Tls>,
        host: &Host,
        pinned: bool,
        tcp: PlainWrites<TcpStream>,
    ) -> Result<TlsStream<PlainWrites<TcpStream>>> {
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| {
                let text = format!("'{name}' is not a name that a certificate can have");
                Error::new(Status::Tls, text)
            })?,
            Host::Ipv4(address) => ServerName::from(std::net::IpAddr::V4(*address)),
            Host::Ipv6(address) => ServerName::from(std::net::IpAddr::V6(*address)),
        };
        let connector = TlsConnector::from(self.config(pinned).await?);
        connector.connect(name, tcp).await.map_err(|error| refused(host, &error))
    }

    /// A trust store is read by a helper thread: it may be large, and the network thread has other
    /// connections to look after. The usual one is read once for the whole process.
    async fn config(self: &Arc<Tls>, pinned: bool) -> Result<Arc<ClientConfig>> {
        if let Some(config) = self.made(pinned).get() {
            return Ok(Arc::clone(config));
        }
        let tls = Arc::clone(self);
        let made = tokio::task::spawn_blocking(move || {
            let make = || tls.options.config(pinned).map(Box::new);
            tls.made(pinned).get_or_try_init(make).cloned()
        });
        made.await.map_err(|error| {
            Error::new(Status::Tls, format!("reading the trust store failed: {error}"))
        })?
    }

    fn made(&self, pinned: bool) -> &Made {
        static USUAL: Made = Made::new();
        match (self.options.is_usual(), pinned) {
            (true, _) => &USUAL,
            (false, false) => &self.config,
            (false, true) => &self.pinned,
        }
    }
}

/// Judges a server's certificate: by the trust store, unless that is switched off, and by the
/// pinned keys, if there are any.
#[derive(Debug)]
struct Judge {
    trust: Option<Verifier>,
    pins: Vec<Pin>,
    provider: Arc<CryptoProvider>,
}

impl Judge {
    /// Only the server's own key counts: a chain may hold certificates that prove nothing.
    fn check_pins(&self, certificate: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        let digest = Pin::from(Sha256::digest(key.as_ref()));
        if self.pins.contains(&digest) {
            return Ok(());
        }
        let digest = STANDARD.encode(digest);
        Err(rustls::Error::General(format!(
            "the server's key is none of those that are pinned; it is {PIN_PREFIX}{digest}"
        )))
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(trust) = &self.trust {
            trust.verify_server_cert(certificate, intermediates, name, ocsp, now)?;
        }
        self.check_pins(certificate)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceBox<Arc<CryptoProvider>> = OnceBox::new();
    let make = || Box::new(Arc::new(rustls::crypto::ring::default_provider()));
    Arc::clone(PROVIDER.get_or_init(make))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| argument(format!("the PEM text cannot be read: {error}")))?;
    if found.is_empty() {
        return Err(argument("the PEM text holds no certificate (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(found)
}

fn argument(text: impl Into<String>) -> Error {
    Error::new(Status::Argument, text)
}

fn unusable(error: &rustls::Error) -> Error {
    let text = format!(
        "the platform's trust store cannot be used: {error}; on Linux, install the package \
         ca-certificates or name a file in SSL_CERT_FILE"
    );
    Error::new(Status::Tls, text)
}

/// rustls's own errors are about trust and protocol, the others about the wire.
fn refused(host: &Host, error: &std::io::Error) -> Error {
    let rustls = rustls_error(error);
    let status = if rustls.is_some() { Status::Tls } else { Status::Network };
    let hint = rustls.map_or("", hint);
    let said = match rustls {
        // Our own words, which rustls would call unexpected.
        Some(rustls::Error::General(text)) => text.clone(),
        _ => error.to_string(),
    };
    Error::new(status, format!("the TLS handshake with {host} failed: {said}{hint}"))
}

/// What the server had against the handshake when it seemed to be over already: in TLS 1.3 it says
/// so last, and the client hears of it when it reads for the first time.
pub fn objection(error: &std::io::Error) -> Option<Error> {
    let rustls = rustls_error(error)?;
    let text = format!("the server ended the TLS connection: {error}{}", hint(rustls));
    Some(Error::new(Status::Tls, text))
}

fn rustls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
}

/// What to do about it.
fn hint(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidMessage(_) => "; is this a port without TLS?",
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "; its authority is not in the trust store, and can be added"
        }
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
            "; it is not of the authority of that name which is in the trust store"
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "; it asks for a client certificate"
        }
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(_) => {
            "; do both sides allow the same version of TLS (1.2, 1.3)?"
        }
        _ => "",
    }
}
