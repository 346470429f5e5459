//! The control plane's own certificate authority: nothing outside its folder is trusted or written.

use super::ServerError;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Signs the server's certificate, and one for each user: its name is the user's, its organisation
/// the group (Kubernetes documentation, "X.509 client certificates").
pub(super) struct Authority {
    folder: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, as files.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Authority {
    pub(super) fn create(folder: &Path) -> Result<Self, ServerError> {
        let failed = failed("the authority");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "gitops-testkit");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let issuer = KeyPair::generate()
            .and_then(|key| CertifiedIssuer::self_signed(params, key))
            .map_err(failed)?;
        fs::create_dir_all(folder).map_err(ServerError::io("make the folder of certificates"))?;
        write(&folder.join("ca.crt"), &issuer.pem())?;
        Ok(Self { folder: folder.to_owned(), issuer })
    }

    /// The authority's own certificate.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// For a server on the loopback address. Its service name is there too, as clients in pods use it.
    pub(super) fn server(&self, name: &str) -> Result<Pair, ServerError> {
        let names = ["localhost", "127.0.0.1", "10.0.0.1", "kubernetes.default.svc"];
        let mut params = CertificateParams::new(names.map(str::to_owned)).map_err(failed(name))?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(name, params)
    }

    /// For a user in one group.
    pub(super) fn user(&self, user: &str, group: &str) -> Result<Pair, ServerError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, user);
        params.distinguished_name.push(DnType::OrganizationName, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(user, params)
    }

    /// Key pair for service account tokens: the key signs, the "certificate" is the bare public key.
    pub(super) fn tokens(&self) -> Result<Pair, ServerError> {
        let key = KeyPair::generate().map_err(failed("service accounts"))?;
        self.store("service-accounts", &key.public_key_pem(), &key)
    }

    fn sign(&self, file: &str, params: CertificateParams) -> Result<Pair, ServerError> {
        let key = KeyPair::generate().map_err(failed(file))?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed(file))?;
        self.store(file, &certificate.pem(), &key)
    }

    fn store(&self, file: &str, certificate: &str, key: &KeyPair) -> Result<Pair, ServerError> {
        let pair = Pair {
            certificate: self.folder.join(format!("{file}.crt")),
            key: self.folder.join(format!("{file}.key")),
        };
        write(&pair.certificate, certificate)?;
        write(&pair.key, &key.serialize_pem())?;
        Ok(pair)
    }
}

fn failed(whom: &str) -> impl Fn(rcgen::Error) -> ServerError {
    let whom = whom.to_owned();
    move |source| ServerError::Certificate { whom: whom.clone(), source }
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), ServerError> {
    fs::write(path, text).map_err(ServerError::io(format!("write {}", path.display())))
}
