//! A certificate authority for one server.

use super::Shared;
use crate::repo::RepoError;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

#[derive(Clone)]
pub(super) struct Certified {
    ca_pem: String,
    acceptor: TlsAcceptor,
}

impl Certified {
    pub(super) fn new() -> Result<Self, RepoError> {
        Self::make().map_err(|error| RepoError::Certificate(error.to_string()))
    }

    pub(super) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    pub(super) async fn connection(self, stream: TcpStream, shared: Arc<Shared>) {
        // A client that does not trust us is a test of its own.
        if let Ok(stream) = self.acceptor.accept(stream).await {
            super::connection(stream, shared).await;
        }
    }

    fn make() -> Result<Self, Box<dyn std::error::Error>> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let leaf = CertificateParams::new(names)?.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        Ok(Certified { ca_pem: authority.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}
