//! Lingering close: half-close, then drain, so that the client receives our last responses.
//!
//! Closing a socket that has unread input sends RST, and the client's kernel may then discard
//! responses that the client has not read. A client that did not know yet that the connection was
//! ending has sent such input. So remaining input is read and discarded until the client has closed
//! its side, too.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Maximum wait for the client to close its side.
const LINGER: Duration = Duration::from_secs(1);

/// A stream with a lingering close.
#[derive(Debug)]
pub(super) struct LingeringClose<IO> {
    io: IO,
    /// The end of the wait for the client; `None` until our side is closed.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<IO> LingeringClose<IO> {
    pub(super) const fn new(io: IO) -> Self {
        Self { io, deadline: None }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> LingeringClose<IO> {
    /// Discards remaining input up to its end.
    fn poll_drained(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LingeringClose<IO> {
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deadline.is_none() {
            ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
        }
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        let is_over = deadline.as_mut().poll(cx).is_ready();
        if is_over || self.poll_drained(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Poll::Pending
    }

    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for LingeringClose<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, server) = tokio::join!(client, listener.accept());
        (client.unwrap(), server.unwrap().0)
    }

    #[tokio::test]
    async fn a_response_arrives_although_the_client_sent_more() {
        let (mut client, server) = pair().await;
        let mut server = LingeringClose::new(server);
        client
            .write_all(b"a request that is never read")
            .await
            .unwrap();
        server.write_all(b"answer").await.unwrap();
        let asks = async {
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            assert_eq!(answer, "answer");
            client.write_all(b"and more").await.unwrap();
            drop(client);
        };
        let (closed, ()) = tokio::join!(server.shutdown(), asks);
        closed.unwrap();
    }

    #[tokio::test]
    async fn the_wait_for_a_client_that_does_not_close_ends() {
        let (_client, server) = pair().await;
        let mut server = LingeringClose {
            io: server,
            deadline: Some(Box::pin(sleep(Duration::from_millis(10)))),
        };
        server.shutdown().await.unwrap();
    }
}
