//! One connection: handshake, requests, close.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::{Body as _, Incoming};
use hyper::rt::Executor;
use hyper::service::{Service as _, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lifecycle::ConnectionStage;
use super::lingering_close::LingeringClose;
use super::request_budget::{BudgetedBody, RequestBudget};
use super::slow_reader::{SendProgress, StallDetector, TrackedBody};
use super::tls::{self, ClientTrust};
use super::{HttpServer, Peer, Settings, Tls};
use crate::util::random;

/// HTTP/2 flow-control window of a stream, bytes: the protocol's default. A larger message arrives
/// in several parts.
const STREAM_WINDOW: u32 = 65_535;
/// The same of a connection, over all streams, bytes. Data in the window is not read yet, so it is
/// not part of the request budget: in all it may be this times the number of connections.
const CONNECTION_WINDOW: u32 = 2 * STREAM_WINDOW;
/// Minimum size of hyper's HTTP/1.1 read buffer, bytes.
const MIN_BUFFER: u32 = 8 * 1024;
/// At shutdown a client that has just connected may have sent its first request, which is answered:
/// closing the connection before reading it would send RST.
const FIRST_REQUEST_GRACE: Duration = Duration::from_millis(250);
/// Minimum interval of a timer.
const MIN_INTERVAL: Duration = Duration::from_millis(1);

/// Serves connections.
#[derive(Debug)]
pub(super) struct ConnectionServer {
    settings: Settings,
    tls: Option<Tls>,
    http: auto::Builder<Tasks>,
    requests: TowerToHyperService<Router>,
    budget: Arc<RequestBudget>,
    stop: CancellationToken,
}

/// Runs the streams of HTTP/2 connections.
#[derive(Debug, Clone)]
struct Tasks(TaskTracker);

impl ConnectionServer {
    pub(super) fn new(
        server: HttpServer,
        router: Router,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let HttpServer {
            settings,
            tls,
            over_budget,
        } = server;
        Self {
            budget: Arc::new(RequestBudget::new(
                settings.max_request_bytes_in_flight,
                over_budget,
            )),
            http: http(&settings, Tasks(tasks)),
            // Prepared once rather than at each request.
            requests: TowerToHyperService::new(router.with_state(())),
            settings,
            tls,
            stop,
        }
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(&self, socket: TcpStream, address: SocketAddr) {
        // Otherwise each small response waits for the acknowledgement of the one before.
        let _ = socket.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self
                .serve_requests(socket, Peer::plain(address), None)
                .await;
        };
        let handshake = timeout(self.settings.handshake_timeout, tls.accept(socket));
        match self.stop.run_until_cancelled(handshake).await {
            Some(Ok(Ok((stream, certificate, trust)))) => {
                let peer = Peer::tls(address, certificate);
                self.serve_requests(stream, peer, trust).await;
            }
            Some(Ok(Err(error))) if tls::is_refusal(&error) => {
                tracing::info!(
                    peer.address = %address,
                    %error,
                    "TLS client refused: it sent no certificate of tls.client_ca_file"
                );
            }
            Some(Ok(Err(error))) => {
                tracing::debug!(peer.address = %address, %error, "TLS handshake failed");
            }
            Some(Err(_)) => {
                tracing::debug!(peer.address = %address, "TLS handshake timed out");
            }
            None => {}
        }
    }

    /// Answers requests until the connection ends, reaches its maximum age, or its client's
    /// certificate is no longer trusted.
    async fn serve_requests<IO>(&self, io: IO, peer: Peer, trust: Option<ClientTrust>)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let progress = Arc::new(SendProgress::default());
        let (client, sent) = (peer.clone(), Arc::clone(&progress));
        let service = service_fn(|request| self.respond(request, &client, &sent));
        let io = TokioIo::new(LingeringClose::new(io));
        let mut connection = pin!(self.http.serve_connection(io, service));

        // A child token, so that thousands of connections do not contend for one lock.
        let stop = self.stop.child_token();
        let [chance] = *random::bytes().unwrap_or_default();
        let mut stage = ConnectionStage::AwaitingRequest;
        let mut time = pin!(sleep(stage.duration(&self.settings, chance)));
        let mut stall = StallDetector::new(progress);
        let mut checks = interval(self.settings.send_timeout.max(MIN_INTERVAL));
        // A process that was suspended must not check twice in a row, with no time to send between.
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut distrusted = pin!(distrusted(trust));
        let mut stopping = false;
        let end = loop {
            tokio::select! {
                ended = connection.as_mut() => break ended.map_or_else(Some, |()| None),
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    if stage == ConnectionStage::AwaitingRequest {
                        time.set(sleep(FIRST_REQUEST_GRACE));
                    } else {
                        connection.as_mut().graceful_shutdown();
                    }
                    continue;
                }
                _ = checks.tick() => {
                    if stall.is_stalled() {
                        break Some("slow reader: no response bytes read within send_timeout".into());
                    }
                    continue;
                }
                () = distrusted.as_mut(), if stage.accepts_requests() => {
                    tracing::debug!(peer.address = %peer.address(), "the client certificate is no longer trusted");
                    stage = ConnectionStage::Draining;
                }
                () = peer.first_request(), if stage == ConnectionStage::AwaitingRequest => {
                    stage = ConnectionStage::Serving;
                }
                () = time.as_mut() => match stage.next(peer.had_request()) {
                    Some(next) => stage = next,
                    None => break Some("its time is over".into()),
                },
            }
            match stage {
                ConnectionStage::Dismissed | ConnectionStage::Draining => {
                    connection.as_mut().graceful_shutdown();
                }
                ConnectionStage::Closing => peer.close(),
                ConnectionStage::Serving if stopping => connection.as_mut().graceful_shutdown(),
                ConnectionStage::AwaitingRequest | ConnectionStage::Serving => {}
            }
            time.set(sleep(stage.duration(&self.settings, chance)));
        };
        if let Some(reason) = end {
            tracing::debug!(peer.address = %peer.address(), ?stage, reason, "connection cut");
        }
    }

    fn respond(
        &self,
        request: Request<Incoming>,
        peer: &Peer,
        progress: &Arc<SendProgress>,
    ) -> impl Future<Output = Result<Response<TrackedBody>, Infallible>> + Send + 'static {
        peer.note_request();
        let mut request = request.map(|body| {
            if body.is_end_stream() {
                Body::empty()
            } else {
                Body::new(BudgetedBody::new(body, Arc::clone(&self.budget)))
            }
        });
        request.extensions_mut().insert(peer.clone());
        let (response, progress) = (self.requests.call(request), Arc::clone(progress));
        async move { Ok(response.await?.map(|body| TrackedBody::new(body, progress))) }
    }
}

impl<F> Executor<F> for Tasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        self.0.spawn(stream);
    }
}

/// Completes when the client certificate is no longer trusted; never without a certificate.
async fn distrusted(trust: Option<ClientTrust>) {
    match trust {
        Some(mut trust) => trust.lost().await,
        None => std::future::pending().await,
    }
}

fn http(settings: &Settings, tasks: Tasks) -> auto::Builder<Tasks> {
    let mut http = auto::Builder::new(tasks);
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.handshake_timeout)
        .max_buf_size(settings.max_header_bytes.max(MIN_BUFFER) as usize);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(settings.max_streams)
        .max_header_list_size(settings.max_header_bytes)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(settings.keep_alive_interval)
        .keep_alive_timeout(settings.keep_alive_timeout);
    http
}
