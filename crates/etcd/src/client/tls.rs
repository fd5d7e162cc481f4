//! [`Tls`]: whom to trust, and who one is.

use crate::error::Error;
use std::fmt;

#[cfg(feature = "rustls")]
pub(crate) use with_rustls::Connector;
#[cfg(not(feature = "rustls"))]
pub(crate) use without::Connector;

/// Whose certificates are trusted, and the certificate that is shown.
///
/// All are PEM, as `etcdctl` takes them. The certificates of the system are not trusted, unless they are given here. A follower reads
/// nothing again: make another one when certificates have changed.
///
/// # Examples
///
/// ```no_run
/// # use readmostly::CowMap;
/// use readmostly_etcd::{Follow, Tls};
/// use std::fs;
///
/// let tls = Tls::new(fs::read("ca.pem")?).identity(fs::read("client.pem")?, fs::read("client-key.pem")?);
/// let table = std::sync::Arc::<CowMap<String, String>>::default();
/// let follower = Follow::prefix(["https://etcd.example:2379"], "/limits/").tls(tls).text().into(table)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Tls {
    authorities: Vec<u8>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl Tls {
    /// Trusts the servers that these authorities have signed: `--cacert` of `etcdctl`.
    pub fn new(authorities: impl Into<Vec<u8>>) -> Self {
        Self { authorities: authorities.into(), identity: None }
    }

    /// Shows a certificate, with those in between if there are any: `--cert` and `--key` of `etcdctl`.
    #[must_use]
    pub fn identity(self, certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { identity: Some((certificates.into(), key.into())), ..self }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("has_identity", &self.identity.is_some()).finish_non_exhaustive()
    }
}

#[cfg(feature = "rustls")]
mod with_rustls {
    use super::super::connect::Stream;
    use super::{Error, Tls};
    use crate::error::{Fault, text_of};
    use std::io;
    use std::sync::Arc;
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    /// Makes TLS of a connection to one host.
    #[derive(Clone)]
    pub(crate) struct Connector {
        config: TlsConnector,
        name: ServerName<'static>,
    }

    impl Connector {
        pub(crate) async fn connect(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
            Ok(Box::new(self.config.connect(self.name.clone(), stream).await?))
        }
    }

    impl Tls {
        pub(crate) fn connector(&self, host: &str) -> Result<Connector, Error> {
            let name = ServerName::try_from(host.to_owned())
                .map_err(|_| Error::new(format!("the endpoint's host {host:?} is no name for TLS")))?;
            let config = self.config().map_err(|error| Error::new(format!("TLS: {}", text_of(error))))?;
            Ok(Connector { config: TlsConnector::from(Arc::new(config)), name })
        }

        fn config(&self) -> Result<ClientConfig, Fault> {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(&self.authorities) {
                roots.add(certificate?)?;
            }
            if roots.is_empty() {
                return Err("there is no certificate of an authority".into());
            }
            let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots);
            Ok(match &self.identity {
                Some((certificates, key)) => {
                    let certificates: Vec<_> =
                        CertificateDer::pem_slice_iter(certificates).collect::<Result<_, _>>()?;
                    if certificates.is_empty() {
                        return Err("there is no certificate in the identity".into());
                    }
                    config.with_client_auth_cert(certificates, PrivateKeyDer::from_pem_slice(key)?)?
                }
                None => config.with_no_client_auth(),
            })
        }
    }
}

#[cfg(not(feature = "rustls"))]
mod without {
    use super::super::connect::Stream;
    use super::{Error, Tls};
    use std::io;
    use tokio::net::TcpStream;

    /// There is no TLS, so there is none of these.
    #[derive(Clone)]
    pub(crate) enum Connector {}

    impl Connector {
        #[expect(clippy::unused_async, reason = "the other one waits")]
        pub(crate) async fn connect(&self, _: TcpStream) -> io::Result<Box<dyn Stream>> {
            match *self {}
        }
    }

    impl Tls {
        pub(crate) fn connector(&self, _: &str) -> Result<Connector, Error> {
            let _ = (&self.authorities, &self.identity);
            Err(Error::new("the feature `rustls` is off: turn it on for an endpoint with https"))
        }
    }
}
