//! TLS without a proxy: what the listener shows of itself, and that it is renewed while the shop serves.

use super::SECRET;
use crate::{
    app::{in_runtime, until},
    process::{Ended, Node, run},
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, ProtocolVersion, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use std::{fs, net::SocketAddr, sync::Arc, time::Duration};
use testbed::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A folder with a certificate of `localhost`, and the shop beside it.
struct Sealed {
    dir: TempDir,
    certificate: String,
    key: String,
}

impl Sealed {
    fn new() -> Sealed {
        let dir = TempDir::new().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        let (certificate, key) = (path("shop.pem"), path("shop.key"));
        Sealed { dir, certificate, key }
    }

    /// Puts another certificate there, and gives it.
    fn renew(&self) -> CertificateDer<'static> {
        let (certificate, pem, key) = made();
        fs::write(&self.certificate, pem).unwrap();
        fs::write(&self.key, key).unwrap();
        certificate
    }

    fn settings(&self) -> [(&str, &str); 4] {
        [
            ("SUTLER_TLS_CERTIFICATE", &self.certificate),
            ("SUTLER_TLS_KEY", &self.key),
            ("SUTLER_DATA_DIR", self.dir.path().to_str().unwrap()),
            ("SUTLER_SECRET_KEY", SECRET),
        ]
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run(self.dir.path(), arguments, &self.settings())
    }
}

fn made() -> (CertificateDer<'static>, String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (cert.der().clone(), cert.pem(), signing_key.serialize_pem())
}

/// As a client that trusts this certificate and no other.
async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn get(stream: &mut TlsStream<TcpStream>, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[test]
fn a_shop_speaks_tls_by_itself() {
    in_runtime(async {
        let sealed = Sealed::new();
        let certificate = sealed.renew();
        let node = Node::start(&["serve"], &sealed.settings()).await;
        let mut stream = connect(node.address, &certificate).await.unwrap();
        let (_, session) = stream.get_ref();
        assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        let answer = get(&mut stream, "/api").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
        assert!(node.said().contains("https://127.0.0.1"), "{}", node.said());

        let plain = node.ask("GET", "/api").send().await.expect(400);
        assert!(plain["detail"].as_str().unwrap().contains("https://"), "{plain}");

        let listen = node.address.to_string();
        sealed.run(&["health", "--listen", &listen]).says(0, &["ready: database ok"]);
        drop(node);
        sealed.run(&["health", "--listen", &listen]).says(1, &["nothing is ready at"]);
    });
}

#[test]
fn a_certificate_is_read_again_when_it_changes() {
    in_runtime(async {
        let sealed = Sealed::new();
        let before = sealed.renew();
        let mut node = Node::start(&["serve"], &sealed.settings()).await;
        let mut kept = connect(node.address, &before).await.unwrap();
        // One of two files is there first, and they do not fit.
        let (after, pem, key) = made();
        fs::write(&sealed.certificate, pem).unwrap();
        until("it has looked", async || {
            assert!(connect(node.address, &before).await.is_ok(), "the old one serves on");
            node.said().contains("the certificate stays the one before")
        })
        .await;
        fs::write(&sealed.key, key).unwrap();
        until("it is shown", async || connect(node.address, &after).await.is_ok()).await;
        assert!(connect(node.address, &before).await.is_err());
        let answer = get(&mut kept, "/api").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "who was there stays: {answer}");
        assert_eq!(node.stop(), Some(0));
    });
}

#[test]
fn who_never_ends_a_handshake_has_no_place_for_ever() {
    in_runtime(async {
        let sealed = Sealed::new();
        let certificate = sealed.renew();
        let impatient = [&sealed.settings()[..], &[("SUTLER_HEADER_TIMEOUT", "200ms")]].concat();
        let mut node = Node::start(&["serve"], &impatient).await;
        for said in [&b""[..], b"\x16\x03\x01"] {
            let mut silent = TcpStream::connect(node.address).await.unwrap();
            silent.write_all(said).await.unwrap();
            let end = timeout(Duration::from_secs(60), silent.read(&mut [0; 9])).await;
            assert!(matches!(end.unwrap(), Ok(0) | Err(_)), "it was closed");
        }
        let mut nonsense = TcpStream::connect(node.address).await.unwrap();
        nonsense.write_all(b"\x00 this is no TLS").await.unwrap();
        let mut answer = Vec::new();
        let _ = nonsense.read_to_end(&mut answer).await;
        connect(node.address, &certificate).await.unwrap();
        assert_eq!(node.stop(), Some(0));
    });
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_before_anything_is_served() {
    let sealed = Sealed::new();
    let both = |sealed: &Sealed, parts: &[&str]| {
        sealed.run(&["serve", "--listen", "127.0.0.1:0"]).says(1, parts);
        sealed.run(&["check"]).says(1, parts);
        assert!(!sealed.dir.path().join("sutler.db").exists());
    };
    both(&sealed, &["tls_certificate", &sealed.certificate, "No such file"]);
    sealed.renew();
    let kept = fs::read(&sealed.key).unwrap();
    fs::write(&sealed.key, made().2).unwrap();
    both(&sealed, &[&sealed.certificate, &sealed.key, "cannot be used together"]);
    fs::write(&sealed.key, "").unwrap();
    both(&sealed, &["tls_key", "no private key"]);
    fs::write(&sealed.key, kept).unwrap();
    fs::write(&sealed.certificate, "nothing").unwrap();
    both(&sealed, &["tls_certificate", "has no certificate in it"]);
    sealed.renew();
    sealed.run(&["check"]).says(0, &["Nothing is wrong"]);
    let half = run(sealed.dir.path(), &["check"], &sealed.settings()[..1]);
    half.says(1, &["tls_certificate and tls_key go together"]);
}
