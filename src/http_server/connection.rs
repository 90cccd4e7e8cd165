//! One connection: its handshake, its requests, its end.

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

use super::incoming::{Budget, Received};
use super::lingering::Lingering;
use super::outgoing::{Answer, Outgoing, Watch};
use super::stage::Stage;
use super::tls::{self, Trust};
use super::{Peer, Settings, Tls, Wire};
use crate::util::clock;

/// What a client may send on one stream before it is read: HTTP/2's own measure. A larger message comes in several parts.
const STREAM_WINDOW: u32 = 65_535;
/// The same on one connection, whatever the number of its streams. What lies there is not read yet, and so no part of the budget of
/// request bytes: with as many connections as may be, it is this times their number.
const CONNECTION_WINDOW: u32 = 2 * STREAM_WINDOW;
/// HTTP/1.1 is read into a buffer that can be no smaller.
const LEAST_BUFFER: u32 = 8 * 1024;
/// At a stop, a client that has only just connected may have sent its first request: that is answered. Closed before it was read,
/// the connection would be reset.
const LAST_CHANCE: Duration = Duration::from_millis(250);
/// A timer that goes round needs some time to do so.
const SHORTEST: Duration = Duration::from_millis(1);

/// Serves connections, each as all the others.
#[derive(Debug)]
pub(super) struct Server {
    settings: Settings,
    tls: Option<Tls>,
    http: auto::Builder<Tasks>,
    requests: TowerToHyperService<Router>,
    budget: Arc<Budget>,
    stop: CancellationToken,
}

/// Runs the streams of HTTP/2 connections.
#[derive(Debug, Clone)]
struct Tasks(TaskTracker);

impl Server {
    pub(super) fn new(
        wire: Wire,
        router: Router,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let Wire {
            settings,
            tls,
            refusal,
        } = wire;
        Self {
            budget: Arc::new(Budget::new(settings.max_request_bytes_in_flight, refusal)),
            http: http(&settings, Tasks(tasks)),
            // Prepared here, once, rather than at each request.
            requests: TowerToHyperService::new(router.with_state(())),
            settings,
            tls,
            stop,
        }
    }

    /// Serves one connection to its end.
    pub(super) async fn attend(&self, socket: TcpStream, address: SocketAddr) {
        // Without it each small answer waits for the peer's acknowledgement of the one before.
        let _ = socket.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.talk(socket, Peer::new(address, None), None).await;
        };
        let handshake = timeout(self.settings.handshake_timeout, tls.accept(socket));
        match self.stop.run_until_cancelled(handshake).await {
            Some(Ok(Ok((stream, certificate, trust)))) => {
                let peer = Peer::new(address, certificate);
                self.talk(stream, peer, trust).await;
            }
            Some(Ok(Err(error))) if tls::is_refusal(&error) => {
                tracing::info!(peer.address = %address, %error, "a client without a certificate of ours was refused");
            }
            Some(Ok(Err(error))) => {
                tracing::debug!(peer.address = %address, %error, "the TLS handshake failed");
            }
            Some(Err(_)) => {
                tracing::debug!(peer.address = %address, "the TLS handshake took too long");
            }
            None => {}
        }
    }

    /// Answers requests until the connection ends, or until its time does: that of its age, or of the trust in its client's
    /// certificate.
    async fn talk<IO>(&self, io: IO, peer: Peer, trust: Option<Trust>)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let outgoing = Arc::new(Outgoing::default());
        let (asking, answered) = (peer.clone(), Arc::clone(&outgoing));
        let service = service_fn(|request| self.answer(request, &asking, &answered));
        let io = TokioIo::new(Lingering::new(io));
        let mut connection = pin!(self.http.serve_connection(io, service));

        // Its own, so that thousands of connections do not ask one lock at each of their wake-ups.
        let stop = self.stop.child_token();
        let [chance, ..] = clock::random_bytes();
        let mut stage = Stage::Silent;
        let mut time = pin!(sleep(stage.lasts(&self.settings, chance)));
        let mut watch = Watch::new(outgoing);
        let mut looks = interval(self.settings.send_timeout.max(SHORTEST));
        // A process that was held up takes no two looks at once, with no time between them to take anything in.
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut distrusted = pin!(distrusted(trust));
        let mut stopping = false;
        let end = loop {
            tokio::select! {
                ended = connection.as_mut() => break ended.map_or_else(Some, |()| None),
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    if stage == Stage::Silent {
                        time.set(sleep(LAST_CHANCE));
                    } else {
                        connection.as_mut().graceful_shutdown();
                    }
                    continue;
                }
                _ = looks.tick() => {
                    if watch.is_stuck() {
                        break Some("the client does not take its answers".into());
                    }
                    continue;
                }
                () = distrusted.as_mut(), if stage.takes_requests() => {
                    tracing::debug!(peer.address = %peer.address(), "the client's certificate is of no authority any more");
                    stage = Stage::Leaving;
                }
                () = peer.first_request(), if stage == Stage::Silent => {
                    stage = Stage::Serving;
                }
                () = time.as_mut() => match stage.next(peer.has_asked()) {
                    Some(next) => stage = next,
                    None => break Some("its time was over".into()),
                },
            }
            match stage {
                Stage::Dismissed | Stage::Leaving => connection.as_mut().graceful_shutdown(),
                Stage::Last => peer.leave(),
                Stage::Serving if stopping => connection.as_mut().graceful_shutdown(),
                Stage::Silent | Stage::Serving => {}
            }
            time.set(sleep(stage.lasts(&self.settings, chance)));
        };
        if let Some(reason) = end {
            tracing::debug!(peer.address = %peer.address(), ?stage, reason, "a connection was cut");
        }
    }

    fn answer(
        &self,
        request: Request<Incoming>,
        peer: &Peer,
        outgoing: &Arc<Outgoing>,
    ) -> impl Future<Output = Result<Response<Answer>, Infallible>> + Send + 'static {
        peer.asks();
        let mut request = request.map(|body| {
            if body.is_end_stream() {
                Body::empty()
            } else {
                Body::new(Received::new(body, Arc::clone(&self.budget)))
            }
        });
        request.extensions_mut().insert(peer.clone());
        let (answer, outgoing) = (self.requests.call(request), Arc::clone(outgoing));
        async move { Ok(answer.await?.map(|body| Answer::new(body, outgoing))) }
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

/// Completes when the client's certificate is trusted no longer; never where it showed none.
async fn distrusted(trust: Option<Trust>) {
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
        .max_buf_size(settings.max_header_bytes.max(LEAST_BUFFER) as usize);
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
