//! TLS with certificates of both sides.

use crate::support::{Etcd, LONG, Map, Options, decoded, is_there, start, until};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use readmostly_etcd::{FailureKind, Follow, Tls};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Writes an authority, and what it has signed for a server and a client.
fn certificates(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).expect("params");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    fs::write(folder.join("ca.pem"), authority.pem()).expect("written");
    for name in ["server", "client"] {
        let mut params =
            CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).expect("params");
        // etcd's gateway is a client of its own server, with the server's certificate.
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &authority).expect("a certificate");
        fs::write(folder.join(format!("{name}.pem")), certificate.pem()).expect("written");
        fs::write(folder.join(format!("{name}-key.pem")), key.serialize_pem()).expect("written");
    }
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).expect("it is there")
}

#[test]
fn who_has_the_certificate_follows_and_who_has_not_is_told() {
    if !is_there() {
        return;
    }
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    certificates(folder.path());
    certificates(other.path());
    let etcd = Etcd::with(&Options { certificates: Some(folder.path().to_owned()), ..Options::default() });
    etcd.put("/n/a", "1");
    let tls = Tls::new(read(folder.path(), "ca.pem"));
    let identity = |folder: &Path| (read(folder, "client.pem"), read(folder, "client-key.pem"));
    let follow = |tls: Tls| decoded(Follow::prefix(etcd.urls(), "/n/").tls(tls));

    let (certificate, key) = identity(folder.path());
    let follower = start(follow(tls.clone().identity(certificate, key)));
    assert_eq!(follower.target().get("a"), Some(1));
    let revision = follower.put("a", "2").unwrap();
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!(follower.target().get("a"), Some(2));

    let (certificate, key) = identity(other.path());
    for wrong in [
        tls.clone(),
        tls.clone().identity(certificate, key),
        Tls::new(read(other.path(), "ca.pem")).identity(identity(folder.path()).0, identity(folder.path()).1),
    ] {
        let follower = follow(wrong).into::<Map>(Arc::default()).unwrap();
        until("it is told", || follower.status().failed > 1);
        assert_eq!(follower.status().last_error.unwrap().kind, FailureKind::Unreachable);
        assert!(follower.ready(Duration::ZERO).is_err());
    }
}

#[test]
fn certificates_that_cannot_be_right_are_refused_at_once() {
    let folder = TempDir::new().unwrap();
    certificates(folder.path());
    let error = |tls: Tls| {
        let follow = Follow::prefix(["https://127.0.0.1:1"], "/n/").tls(tls);
        decoded(follow).into::<Map>(Arc::default()).unwrap_err().to_string()
    };
    assert!(error(Tls::new("nothing")).contains("no certificate of an authority"));
    let authorities = read(folder.path(), "ca.pem");
    assert!(error(Tls::new(authorities.clone()).identity("", "")).contains("no certificate in the identity"));
    let certificate = read(folder.path(), "client.pem");
    assert!(error(Tls::new(authorities).identity(certificate, "no key")).starts_with("TLS: "));
}
