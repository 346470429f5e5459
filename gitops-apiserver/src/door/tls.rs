//! A certificate authority for one listener.

use super::ListenError;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The listener's end of TLS connections.
#[derive(Clone)]
pub(super) struct Certified {
    authority: String,
    acceptor: TlsAcceptor,
}

impl Certified {
    pub(super) fn new() -> Result<Self, ListenError> {
        Self::make().map_err(|error| ListenError::Certificate(error.to_string()))
    }

    /// The authority's certificate, as PEM.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// A client that doesn't trust us goes its way.
    pub(super) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await.ok()
    }

    fn make() -> Result<Self, Box<dyn std::error::Error>> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name.push(DnType::CommonName, "gitops-apiserver authority");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut leaf = CertificateParams::new(names)?;
        // Named apart from its issuer: OpenSSL takes a certificate of its issuer's name for one that
        // signed itself. The rest is what strict clients ask for.
        leaf.distinguished_name.push(DnType::CommonName, "gitops-apiserver");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let leaf = leaf.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        Ok(Certified { authority: authority.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}
