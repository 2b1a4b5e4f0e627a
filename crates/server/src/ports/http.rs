//! Requests that the shop makes of other systems, over HTTP: one a connection, within a time, and of the answer
//! no more is read than is looked at.

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, StatusCode, Uri,
    client::conn::http1,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// So much of an answer is looked at.
const ANSWER_MOST: usize = 16 << 10;

/// So much is listened to in all, with heads and whatever comes before them.
const LISTENED_MOST: u64 = 64 << 10;

/// What was answered.
#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub retry_after: Option<Duration>,
    pub body: Bytes,
}

#[derive(Clone)]
pub struct Client {
    tls: TlsConnector,
    limit: Duration,
}

impl Client {
    /// Each request may take so long.
    pub fn new(limit: Duration) -> anyhow::Result<Client> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Client { tls: TlsConnector::from(Arc::new(config)), limit })
    }

    /// For who asks this machine itself: whoever listens there is the one that was meant, and his certificate is
    /// made out to the name under which others know him.
    pub fn of_this_machine(limit: Duration) -> anyhow::Result<Client> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let whoever = Arc::new(Whoever(provider.clone()));
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(whoever)
            .with_no_client_auth();
        Ok(Client { tls: TlsConnector::from(Arc::new(config)), limit })
    }

    pub async fn get(&self, to: &Uri) -> Result<Answered, String> {
        let (head, nothing) = (Head::default(), Bytes::new());
        let request = request(Method::GET, to, &[], nothing)?;
        let exchange = timeout(self.limit, self.exchange(to, request, &head)).await;
        exchange.unwrap_or_else(|_| Err(self.late()))
    }

    /// What is answered to this JSON, or why nothing was. It is known by its status: of the rest counts as much as
    /// has come in time.
    pub async fn post(
        &self,
        to: &Uri,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<Answered, String> {
        let head = Head::default();
        let request = request(Method::POST, to, headers, body)?;
        let exchange = timeout(self.limit, self.exchange(to, request, &head)).await;
        let exchange = exchange.unwrap_or_else(|_| Err(self.late()));
        exchange.or_else(|why| head.answered().ok_or(why))
    }

    fn late(&self) -> String {
        format!("it has not answered within {:?}", self.limit)
    }

    async fn exchange(
        &self,
        to: &Uri,
        request: Request<Full<Bytes>>,
        head: &Head,
    ) -> Result<Answered, String> {
        let host = to.host().ok_or("its address names no host")?;
        let is_secure = to.scheme_str() == Some("https");
        let port = to.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let bare = host.trim_matches(['[', ']']);
        let stream = TcpStream::connect((bare, port)).await;
        let stream = stream.map_err(|error| format!("it cannot be reached: {error}"))?;
        if !is_secure {
            return talk(stream, request, head).await;
        }
        let name = ServerName::try_from(bare.to_owned());
        let name = name.map_err(|error| format!("its name is no name for TLS: {error}"))?;
        let stream = self.tls.connect(name, stream).await;
        talk(stream.map_err(|error| format!("TLS failed: {error}"))?, request, head).await
    }
}

/// Takes any certificate, of whoever has its key.
#[derive(Debug)]
struct Whoever(Arc<CryptoProvider>);

impl ServerCertVerifier for Whoever {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn request(
    method: Method,
    to: &Uri,
    headers: &[(&'static str, String)],
    body: Bytes,
) -> Result<Request<Full<Bytes>>, String> {
    let path = to.path_and_query().map_or("/", |path| path.as_str());
    let authority = to.authority().map_or("", |authority| authority.as_str());
    // A name and a password in front of the host are for nobody else.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host)
        .header(USER_AGENT, concat!("Sutler/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(CONTENT_LENGTH, body.len());
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.body(Full::new(body)).map_err(|error| format!("it cannot be asked: {error}"))
}

/// The head of an answer, once it has come.
#[derive(Default)]
struct Head(Mutex<Option<(StatusCode, Option<Duration>)>>);

impl Head {
    fn came(&self, status: StatusCode, retry_after: Option<Duration>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((status, retry_after));
    }

    /// The answer without what followed.
    fn answered(&self) -> Option<Answered> {
        let (status, retry_after) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(Answered { status, retry_after, body: Bytes::new() })
    }
}

async fn talk<S>(stream: S, request: Request<Full<Bytes>>, told: &Head) -> Result<Answered, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (read, write) = tokio::io::split(stream);
    // Whatever it sends beyond that is not listened to.
    let stream = tokio::io::join(read.take(LISTENED_MOST), write);
    let broken = |error: hyper::Error| format!("the exchange broke off: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let mut connection = std::pin::pin!(connection);
    let exchange = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let (head, mut body) = response.into_parts();
        let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        told.came(head.status, retry_after);
        let mut read = BytesMut::new();
        while read.len() < ANSWER_MOST
            && let Some(frame) = body.frame().await
        {
            let frame = frame.map_err(broken)?;
            read.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        }
        read.truncate(ANSWER_MOST);
        Ok(Answered { status: head.status, retry_after, body: read.freeze() })
    };
    let mut exchange = std::pin::pin!(exchange);
    tokio::select! {
        answered = &mut exchange => answered,
        ended = &mut connection => match ended {
            // What has come is read to its end.
            Ok(()) => exchange.await,
            Err(error) => Err(broken(error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_host_alone_and_the_whole_path() {
        for (url, host, path) in [
            ("http://shop.example", "shop.example", "/"),
            ("http://a:b@shop.example:81/to?of=camp&x=1", "shop.example:81", "/to?of=camp&x=1"),
        ] {
            let request = request(Method::POST, &url.parse().unwrap(), &[], Bytes::new()).unwrap();
            assert_eq!(request.headers()[HOST], host);
            assert_eq!(request.uri().to_string(), path);
        }
    }

    #[tokio::test]
    async fn a_wish_to_be_asked_later_is_told_in_seconds() {
        let (here, there) = tokio::io::duplex(4096);
        let (mut asked, mut answers) = tokio::io::split(there);
        let answer = async {
            asked.read_u8().await.unwrap();
            let answer = "HTTP/1.1 503 Later\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
            tokio::io::AsyncWriteExt::write_all(&mut answers, answer.as_bytes()).await.unwrap();
        };
        let request =
            request(Method::POST, &"http://shop.example".parse().unwrap(), &[], Bytes::new())
                .unwrap();
        let head = Head::default();
        let (told, ()) = tokio::join!(talk(here, request, &head), answer);
        let told = told.unwrap();
        assert_eq!((told.status.as_u16(), told.retry_after), (503, Some(Duration::from_secs(7))));
    }
}
