//! Git's smart protocol over http and https.

use crate::source::git::{
    attempt::Attempt,
    builder::Settings,
    credentials::Credential,
    fault::Fault,
    url::{GitUrl, Way},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Buf, Bytes};
use gix::protocol::transport::{
    Protocol,
    client::blocking_io::{
        Transport,
        http::{self, GetResponse, Http, PostBodyDataKind, PostResponse},
    },
};
use reqwest::{
    Client, Proxy, RequestBuilder, Response, StatusCode, Url,
    header::{
        AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
    },
};
use std::{
    any::Any,
    io::{self, BufRead, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Redirects within one origin that are followed.
const MOST_REDIRECTS: usize = 5;

/// The client of a source: connections are kept between attempts. Nothing is taken from the
/// environment, and redirects are looked at by us.
pub(in crate::source::git) fn client(
    ca_pem: &[Vec<u8>],
    proxy: Option<&str>,
) -> crate::error::Result<Client> {
    // The library needs one provider per process; whoever came first has chosen.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = Vec::new();
    for pem in ca_pem {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or_else(|| {
                Fault::invalid("ca_pem holds no PEM certificate")
                    .advise("pass the text between BEGIN CERTIFICATE and END CERTIFICATE")
            })?;
        roots.extend(certificates);
    }
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(Duration::from_secs(20))
        .tls_certs_merge(roots);
    if let Some(proxy) = proxy {
        // The error would repeat the URL, which may hold a password.
        let proxy = Proxy::all(proxy).map_err(|_| {
            Fault::invalid("the proxy's URL can't be read").advise("http://HOST:PORT")
        })?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| {
        Fault::invalid(format!("no TLS client can be made: {}", crate::error::chain(&error)))
            .advise("check that ca_pem holds sound PEM certificates")
    })
}

/// The password in a proxy's URL.
pub(in crate::source::git) fn proxy_password(proxy: &str) -> Option<String> {
    Url::parse(proxy).ok()?.password().map(str::to_owned)
}

pub(super) fn open(
    url: &GitUrl,
    settings: &Settings,
    credential: &Credential,
    attempt: &Arc<Attempt>,
) -> Result<Box<dyn Transport + Send>, Fault> {
    let authorization = authorization(url, settings, credential)?;
    let origin = Url::parse(&url.url.to_bstring().to_string()).map_err(|_| Fault::Unfit {
        detail: "the URL is not valid for http".to_owned(),
        advice: "check it",
    })?;
    let wire = Wire {
        client: settings.client.clone(),
        origin,
        authorization,
        moved_to: None,
        attempt: attempt.clone(),
    };
    Ok(Box::new(http::Transport::new_http(wire, url.url.clone(), Protocol::V2, false)))
}

fn authorization(
    url: &GitUrl,
    settings: &Settings,
    credential: &Credential,
) -> Result<Option<HeaderValue>, Fault> {
    let text = match credential {
        Credential::Anonymous => return Ok(None),
        Credential::Bearer(token) => format!("Bearer {}", token.expose()),
        Credential::Basic { username, password } => {
            format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.expose())))
        }
        Credential::SshKey { .. } => {
            return Err(Fault::Unfit {
                detail: "an ssh key is of no use for an http URL".to_owned(),
                advice: "use a token, or an ssh URL",
            });
        }
    };
    if url.way() == Way::Http && !(settings.danger_http_credentials && url.is_loopback()) {
        return Err(Fault::Unfit {
            detail: "credentials are not sent over unencrypted http".to_owned(),
            advice: "use https",
        });
    }
    let mut value = HeaderValue::from_str(&text).map_err(|_| Fault::Unfit {
        detail: "the token has characters that no header can carry".to_owned(),
        advice: "check for a line break at its end",
    })?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// The requests of one attempt.
struct Wire {
    client: Client,
    origin: Url,
    authorization: Option<HeaderValue>,
    moved_to: Option<String>,
    attempt: Arc<Attempt>,
}

impl Wire {
    /// A request with gix's headers, and with ours only to the origin that they are meant for.
    fn headers(
        &self,
        url: &Url,
        lines: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<HeaderMap, Fault> {
        let unfit = || Fault::Corrupt { detail: "a request header can't be built".to_owned() };
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.as_ref().split_once(':').ok_or_else(unfit)?;
            headers.append(
                name.trim().parse::<HeaderName>().map_err(|_| unfit())?,
                HeaderValue::from_str(value.trim()).map_err(|_| unfit())?,
            );
        }
        if let Some(authorization) = &self.authorization
            && url.origin() == self.origin.origin()
        {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Ok(headers)
    }

    fn first(&mut self, url: &str, base: &str, lines: Vec<String>) -> Result<Response, Fault> {
        let tail = url.strip_prefix(base).unwrap_or_default().to_owned();
        let mut url = parse(url)?;
        for _ in 0..=MOST_REDIRECTS {
            let headers = self.headers(&url, &lines)?;
            let response = send(&self.attempt, self.client.get(url.clone()).headers(headers))?;
            if !response.status().is_redirection() {
                expect_git(&response, "advertisement")?;
                if url.as_str() != self.origin.as_str()
                    && let Some(base) = url.as_str().strip_suffix(&tail)
                {
                    self.moved_to = Some(base.to_owned());
                }
                return Ok(response);
            }
            url = redirected(&response, &url, &tail)?;
        }
        Err(Fault::WebPage { detail: format!("more than {MOST_REDIRECTS} redirects") })
    }
}

/// Where a redirect leads, if we follow it: within one origin, to the same file of a repository.
fn redirected(response: &Response, from: &Url, tail: &str) -> Result<Url, Fault> {
    let to = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.join(location).ok())
        .ok_or_else(|| Fault::WebPage {
            detail: format!("HTTP {} without a place to go", response.status().as_u16()),
        })?;
    // A query is where single sign-on puts tokens: not for messages.
    let place = format!("{}{}", to.origin().ascii_serialization(), to.path());
    if to.origin() != from.origin() {
        return Err(Fault::Redirected { to: place });
    }
    if !to.as_str().ends_with(tail) {
        return Err(Fault::WebPage { detail: format!("it redirects to {place}") });
    }
    Ok(to)
}

fn parse(url: &str) -> Result<Url, Fault> {
    Url::parse(url).map_err(|_| Fault::Corrupt { detail: "a URL can't be built".to_owned() })
}

fn send(attempt: &Attempt, request: RequestBuilder) -> Result<Response, Fault> {
    attempt.wait(request.send())?.map_err(|error| broken(error, false))
}

/// An error of the HTTP client, without the URL, which may hold a token in its query.
fn broken(error: reqwest::Error, begun: bool) -> Fault {
    let error = error.without_url();
    let detail = crate::error::chain(&error);
    if begun || !(error.is_connect() || error.is_timeout()) {
        Fault::Lost { detail }
    } else {
        Fault::Unreachable { detail }
    }
}

/// Success and the content type of the smart protocol, or a fault.
fn expect_git(response: &Response, kind: &str) -> Result<(), Fault> {
    let status = response.status();
    if status != StatusCode::OK {
        let after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            // A server must not be able to silence us for ever.
            .map(|seconds: u64| Duration::from_secs(seconds.min(3600)));
        return Err(if status.is_redirection() {
            Fault::WebPage { detail: format!("HTTP {}", status.as_u16()) }
        } else {
            Fault::Status { code: status.as_u16(), after }
        });
    }
    let wanted = format!("application/x-git-upload-pack-{kind}");
    let found = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let found = found.unwrap_or("no content type");
    if found.split(';').next().map(str::trim) == Some(wanted.as_str()) {
        Ok(())
    } else {
        Err(Fault::WebPage { detail: format!("its content type is {found}") })
    }
}

impl Http for Wire {
    type Headers = Head;
    type ResponseBody = Body;
    type PostBody = Outgoing;

    fn get(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Head, Body>> {
        let lines = headers.into_iter().map(|line| line.as_ref().to_owned()).collect();
        let response = self.first(url, base_url, lines).map_err(|fault| self.attempt.fail(fault));
        let (headers, body) = exchange(Exchange::Open(response.map_err(raise)?), &self.attempt);
        Ok(GetResponse { headers, body })
    }

    fn post(
        &mut self,
        url: &str,
        _: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Head, Body, Outgoing>> {
        let request = parse(url)
            .and_then(|url| {
                let headers = self.headers(&url, headers)?;
                Ok(self.client.post(url).headers(headers))
            })
            .map_err(|fault| raise(self.attempt.fail(fault)))?;
        let (headers, body) = exchange(Exchange::Ready(request, Vec::new()), &self.attempt);
        Ok(PostResponse { post_body: Outgoing(body.exchange.clone()), headers, body })
    }

    fn configure(&mut self, _: &dyn Any) -> gix::Result<()> {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.moved_to.clone()
    }
}

fn raise(error: io::Error) -> gix::Error {
    gix::Error::from_error(error)
}

/// One request and its response. A POST is sent when somebody starts to read: by then its body is
/// complete. It is small: what we want and what we have.
enum Exchange {
    Ready(RequestBuilder, Vec<u8>),
    Open(Response),
    Over,
}

fn exchange(exchange: Exchange, attempt: &Arc<Attempt>) -> (Head, Body) {
    let exchange = Arc::new(Mutex::new(exchange));
    let body = Body {
        exchange: exchange.clone(),
        attempt: attempt.clone(),
        chunk: Bytes::new(),
        begun: false,
    };
    (Head { exchange, attempt: attempt.clone(), text: None }, body)
}

fn lock(exchange: &Mutex<Exchange>) -> MutexGuard<'_, Exchange> {
    exchange.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Exchange {
    fn open(&mut self, attempt: &Attempt) -> io::Result<Option<&mut Response>> {
        if let Exchange::Ready(..) = self
            && let Exchange::Ready(request, body) = std::mem::replace(self, Exchange::Over)
        {
            let response = send(attempt, request.body(body))
                .and_then(|response| expect_git(&response, "result").map(|()| response))
                .map_err(|fault| attempt.fail(fault))?;
            *self = Exchange::Open(response);
        }
        Ok(match self {
            Exchange::Open(response) => Some(response),
            _ => None,
        })
    }
}

/// The body of a POST, collected.
struct Outgoing(Arc<Mutex<Exchange>>);

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *lock(&self.0) {
            Exchange::Ready(_, body) => {
                body.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            _ => Err(io::Error::other("the request was sent already")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The response's headers, a line each.
struct Head {
    exchange: Arc<Mutex<Exchange>>,
    attempt: Arc<Attempt>,
    text: Option<Bytes>,
}

impl BufRead for Head {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.text.is_none() {
            let mut text = Vec::new();
            if let Some(response) = lock(&self.exchange).open(&self.attempt)? {
                for (name, value) in response.headers() {
                    text.extend_from_slice(name.as_str().as_bytes());
                    text.extend_from_slice(b": ");
                    text.extend_from_slice(value.to_str().unwrap_or_default().as_bytes());
                    text.push(b'\n');
                }
            }
            self.text = Some(text.into());
        }
        Ok(self.text.as_deref().unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        if let Some(text) = &mut self.text {
            text.advance(count.min(text.len()));
        }
    }
}

impl Read for Head {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

/// The response's body, counted.
struct Body {
    exchange: Arc<Mutex<Exchange>>,
    attempt: Arc<Attempt>,
    chunk: Bytes,
    begun: bool,
}

/// What a server that refuses says in the protocol's own words: one packet line, `ERR` and a text.
/// gix reads it in some answers and takes it for garbage in others.
fn refusal(chunk: &Bytes) -> Option<Fault> {
    let said = chunk.get(4..)?.strip_prefix(b"ERR ")?;
    Some(Fault::Refused { detail: String::from_utf8_lossy(said).into_owned() })
}

impl BufRead for Body {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.chunk.is_empty() {
            let mut exchange = lock(&self.exchange);
            let Some(response) = exchange.open(&self.attempt)? else { break };
            let chunk = self.attempt.wait(response.chunk());
            match chunk.and_then(|chunk| chunk.map_err(|error| broken(error, true))) {
                Ok(Some(chunk)) => {
                    self.attempt.count(chunk.len())?;
                    if !std::mem::replace(&mut self.begun, true)
                        && let Some(fault) = refusal(&chunk)
                    {
                        return Err(self.attempt.fail(fault));
                    }
                    self.chunk = chunk;
                }
                Ok(None) => *exchange = Exchange::Over,
                Err(fault) => {
                    *exchange = Exchange::Over;
                    return Err(self.attempt.fail(fault));
                }
            }
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, count: usize) {
        self.chunk.advance(count.min(self.chunk.len()));
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

fn read_buffered(from: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let count = from.fill_buf()?.read(buffer)?;
    from.consume(count);
    Ok(count)
}
