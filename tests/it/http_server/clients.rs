//! Test clients: an HTTP/2 client, and plain sockets.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use futures_util::{StreamExt as _, stream};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;
use tonic::Status;

use super::harness::{PATIENCE, ServerHarness};

/// The preface of an HTTP/2 client, with empty settings.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// A complete HTTP/2 request for `/hello`: one HEADERS frame, which ends the stream.
pub const HELLO: &[u8] = b"\0\0\x0d\x01\x05\0\0\0\x01\x82\x86\x04\x06/hello\x01\x01x";

/// An HTTP/2 client with one connection that acknowledges pings.
pub struct Http2Client {
    send: SendRequest<Body>,
    /// Finishes with the connection.
    pub connection: JoinHandle<()>,
}

impl Http2Client {
    pub async fn connect(server: &ServerHarness) -> Self {
        Self::over(server.connect().await).await.unwrap()
    }

    pub async fn over<IO>(socket: IO) -> hyper::Result<Self>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (send, connection) = handshake(TokioExecutor::new(), TokioIo::new(socket)).await?;
        let connection = TaskTracker::new().spawn(async move {
            let _ = connection.await;
        });
        Ok(Self { send, connection })
    }

    /// Sends a request, and returns when the response starts.
    pub async fn send(&mut self, request: Request<Body>) -> hyper::Result<Response<Incoming>> {
        self.send.ready().await?;
        self.send.send_request(request).await
    }

    /// Sends a request for a path; the response can be awaited elsewhere.
    pub fn start(
        &self,
        path: &str,
    ) -> impl Future<Output = hyper::Result<Response<Incoming>>> + Send + 'static {
        self.begin(request(path))
    }

    /// Sends any request. Completes when the response starts: its body may be endless.
    pub fn begin(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = hyper::Result<Response<Incoming>>> + Send + 'static {
        let mut send = self.send.clone();
        async move {
            send.ready().await?;
            send.send_request(request).await
        }
    }

    /// The status and the text of a path.
    pub async fn get(&mut self, path: &str) -> hyper::Result<(StatusCode, String)> {
        let answer = self.send(request(path)).await?;
        let status = answer.status();
        let body = to_bytes(Body::new(answer.into_body()), usize::MAX).await;
        Ok((status, String::from_utf8(body.unwrap().into()).unwrap()))
    }

    pub async fn until_closed(self) {
        timeout(PATIENCE, self.connection)
            .await
            .expect("the connection was not closed")
            .unwrap();
    }
}

pub fn request(path: &str) -> Request<Body> {
    Request::get(format!("http://x{path}"))
        .body(Body::empty())
        .unwrap()
}

/// A gRPC call that announces a message of `announced` bytes and sends only `sent` of them.
pub fn unfinished(address: SocketAddr, path: &str, announced: usize, sent: usize) -> Request<Body> {
    let length = u32::try_from(announced).unwrap().to_be_bytes();
    let prefix = Bytes::from([&[0][..], &length].concat());
    let piece = Bytes::from_static(&[b'x'; 16 << 10]);
    let pieces = (0..sent.div_ceil(piece.len()))
        .map(move |n| piece.slice(..piece.len().min(sent - n * piece.len())));
    let pieces = stream::iter([prefix].into_iter().chain(pieces)).map(Ok::<_, Infallible>);
    Request::post(format!("http://{address}{path}"))
        .header(header::CONTENT_TYPE, "application/grpc")
        .body(Body::from_stream(pieces.chain(stream::pending())))
        .unwrap()
}

/// The status of a gRPC response.
pub async fn status(answer: Response<Incoming>) -> Status {
    if let Some(status) = Status::from_header_map(answer.headers()) {
        return status;
    }
    let mut body = answer.into_body();
    loop {
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        if let Ok(trailers) = frame.expect("a status").unwrap().into_trailers() {
            return Status::from_header_map(&trailers).unwrap();
        }
    }
}

/// Waits until a new client is served.
pub async fn until_served(server: &ServerHarness) {
    let first_response = async {
        loop {
            if let Ok(mut caller) = Http2Client::over(server.connect().await).await
                && let Ok((StatusCode::OK, _)) = caller.get("/hello").await
            {
                return;
            }
            sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, first_response)
        .await
        .expect("no new client is served");
}

/// The bytes that the server sends until it closes the connection.
pub async fn until_closed(socket: &mut TcpStream) -> String {
    let mut received = Vec::new();
    // A reset connection is closed, too.
    let _ = timeout(PATIENCE, socket.read_to_end(&mut received))
        .await
        .expect("the connection was not closed");
    String::from_utf8_lossy(&received).into_owned()
}

/// Sends single bytes slowly until the server closes the connection.
pub async fn dribble(socket: &mut TcpStream, byte: u8) {
    let (mut reading, mut writing) = socket.split();
    let mut received = Vec::new();
    let closed = async {
        tokio::select! {
            _ = reading.read_to_end(&mut received) => {}
            () = async {
                while writing.write_all(&[byte]).await.is_ok() {
                    sleep(std::time::Duration::from_millis(10)).await;
                }
            } => {}
        }
    };
    timeout(PATIENCE, closed)
        .await
        .expect("the connection was not closed");
}
