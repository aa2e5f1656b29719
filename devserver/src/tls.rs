//! Certificates made for one server: a CA, a leaf for the server, a leaf for clients.

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use sha2::{Digest, Sha256};

use crate::config::{Tls, TlsVersion};

/// What a client needs to trust the server, and to be trusted by it.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// The certificate of the CA which signed the others, in PEM.
    pub ca_pem: String,
    /// Base64 of the SHA-256 of the server's public key, as key pins are written.
    pub spki_sha256: String,
    /// A certificate for clients, in PEM.
    pub client_cert_pem: String,
    /// Its private key, in PEM.
    pub client_key_pem: String,
}

/// Makes the certificates and the configuration of a server which uses them.
pub(crate) fn generate(tls: &Tls) -> io::Result<(Certificates, Arc<rustls::ServerConfig>)> {
    make(tls).map_err(io::Error::other)
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

fn make(tls: &Tls) -> Result<(Certificates, Arc<rustls::ServerConfig>), AnyError> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.distinguished_name.push(DnType::CommonName, "pusherws-devserver CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_key = KeyPair::generate()?;
    let ca_cert = ca.self_signed(&ca_key)?;
    let issuer = Issuer::new(ca, ca_key);

    let mut leaf = leaf_params(tls.names.clone(), "pusherws-devserver")?;
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if tls.expired {
        leaf.not_before = date_time_ymd(2001, 1, 1);
        leaf.not_after = date_time_ymd(2002, 1, 1);
    }
    let key = KeyPair::generate()?;
    let cert = match tls.self_signed {
        true => leaf.self_signed(&key)?,
        false => leaf.signed_by(&key, &issuer)?,
    };

    let mut client = leaf_params(Vec::new(), "pusherws-devserver client")?;
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client_key = KeyPair::generate()?;
    let client_cert = client.signed_by(&client_key, &issuer)?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = match tls.only {
        None => vec![&rustls::version::TLS12, &rustls::version::TLS13],
        Some(TlsVersion::Tls12) => vec![&rustls::version::TLS12],
        Some(TlsVersion::Tls13) => vec![&rustls::version::TLS13],
    };
    let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)?;
    let builder = if tls.client_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(ca_cert.der().clone())?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain = match tls.self_signed {
        true => vec![cert.der().clone()],
        false => vec![cert.der().clone(), ca_cert.der().clone()],
    };
    let mut config = builder.with_single_cert(chain, private)?;
    config.alpn_protocols = tls.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();

    let certificates = Certificates {
        ca_pem: ca_cert.pem(),
        spki_sha256: STANDARD.encode(Sha256::digest(key.subject_public_key_info())),
        client_cert_pem: client_cert.pem(),
        client_key_pem: client_key.serialize_pem(),
    };
    Ok((certificates, Arc::new(config)))
}

fn leaf_params(names: Vec<String>, common_name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params)
}
