//! TLS, for those without a proxy in front. Certificates are read again when their files change.

use crate::settings::Settings;
use anyhow::{Context, ensure};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio_rustls::TlsAcceptor;

/// How long a certificate that was replaced may still be shown.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

/// What a listener shows of itself.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    shown: Mutex<Shown>,
}

struct Shown {
    acceptor: TlsAcceptor,
    of: Stamps,
    looked_at: Instant,
    /// Why what lies there now cannot be used, which is said once.
    told: Option<String>,
}

/// What tells that a file was written or replaced: of the certificate and of its key.
type Stamps = [Option<(u64, u64, i64, i64)>; 2];

impl Tls {
    /// `None` where something in front speaks it, or nobody does.
    pub fn of(settings: &Settings) -> anyhow::Result<Option<Arc<Tls>>> {
        let files = settings.tls_certificate.clone().zip(settings.tls_key.clone());
        let Some((certificate, key)) = files else { return Ok(None) };
        let of = [stamp(&certificate), stamp(&key)];
        let acceptor = acceptor(&certificate, &key)?;
        let shown = Mutex::new(Shown { acceptor, of, looked_at: Instant::now(), told: None });
        Ok(Some(Arc::new(Tls { certificate, key, shown })))
    }

    /// With the certificate that lies there now. One that cannot be used changes nothing.
    pub fn acceptor(&self) -> TlsAcceptor {
        let seen = {
            let mut shown = self.shown();
            if shown.looked_at.elapsed() < LOOKED_AT_EVERY {
                return shown.acceptor.clone();
            }
            // Whoever comes meanwhile does not wait for the disk.
            shown.looked_at = Instant::now();
            shown.of
        };
        self.look_again(seen);
        self.shown().acceptor.clone()
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_again(&self, seen: Stamps) {
        let now = [stamp(&self.certificate), stamp(&self.key)];
        if now == seen {
            return;
        }
        let read = acceptor(&self.certificate, &self.key);
        let mut shown = self.shown();
        match read {
            Ok(acceptor) => {
                (shown.acceptor, shown.of, shown.told) = (acceptor, now, None);
                tracing::info!(file = %self.certificate.display(), "the certificate was read again");
            }
            // Half of two files is there, as a rule; or one that may not be read yet. It is tried again.
            Err(error) => {
                let why = format!("{error:#}");
                if shown.told.as_ref() != Some(&why) {
                    tracing::warn!("the certificate stays the one before: {why}");
                }
                shown.told = Some(why);
            }
        }
    }
}

fn stamp(path: &Path) -> Option<(u64, u64, i64, i64)> {
    let file = fs::metadata(path).ok()?;
    Some((file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
}

fn acceptor(certificate: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let read = |path: &Path, name: &str| {
        fs::read(path).with_context(|| format!("{name}: cannot read {}", path.display()))
    };
    let chain = CertificateDer::pem_slice_iter(&read(certificate, "tls_certificate")?)
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("tls_certificate: {} is no PEM", certificate.display()))?;
    ensure!(
        !chain.is_empty(),
        "tls_certificate: {} has no certificate in it",
        certificate.display()
    );
    let key_bytes = read(key, "tls_key")?;
    let key_read = PrivateKeyDer::from_pem_slice(&key_bytes)
        .with_context(|| format!("tls_key: {} has no private key in it", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key_read)
        .with_context(|| {
            format!("{} and {} cannot be used together", certificate.display(), key.display())
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use std::time::SystemTime;
    use testbed::TempDir;

    /// As a file that could not be read for a moment: nothing about it tells that it can be now.
    #[test]
    fn what_could_not_be_used_is_tried_again_though_nothing_tells_that_it_has_changed() {
        let dir = TempDir::new().unwrap();
        let made = || generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let [before, after] = [made(), made()];
        let path = |name: &str| dir.path().join(name);
        let write = |name: &str, text: String| fs::write(path(name), text).unwrap();
        let key =
            |one: &CertifiedKey<rcgen::KeyPair>| -> String { one.signing_key.serialize_pem() };
        write("shop.pem", before.cert.pem());
        write("shop.key", key(&before));
        let flags = [("tls_certificate", "shop.pem"), ("tls_key", "shop.key")];
        let flags = flags.map(|(name, file)| (name.to_owned(), path(file).display().to_string()));
        let tls = Tls::of(&Settings::resolve(None, &[], &flags).unwrap()).unwrap().unwrap();
        let look = || {
            let seen = tls.shown().of;
            tls.look_again(seen);
        };
        let at = SystemTime::UNIX_EPOCH;
        let renew = |text: String| {
            write("shop.key", text);
            fs::File::open(path("shop.key")).unwrap().set_modified(at).unwrap();
            [stamp(&path("shop.pem")), stamp(&path("shop.key"))]
        };
        write("shop.pem", after.cert.pem());
        let broken = renew(key(&before));
        look();
        assert!(tls.shown().told.is_some(), "they do not fit");
        let whole = renew(key(&after));
        assert_eq!(whole, broken, "it looks as it did");
        look();
        let shown = tls.shown();
        assert_eq!((shown.of, shown.told.as_deref()), (whole, None));
    }
}
