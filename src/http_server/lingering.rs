//! Closes a connection so that its last answers arrive.
//!
//! A socket that is closed while something lies in it unread is reset, and the client's system may then throw away answers that
//! it has received and its program has not. A client that did not know yet that the connection was ending has sent such a
//! thing: so what still comes is read, and thrown away, until the client has closed its side, too.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A client that is there closes its side as soon as it has heard of it.
const LONGEST: Duration = Duration::from_secs(1);

/// A stream that is closed like this.
#[derive(Debug)]
pub(super) struct Lingering<IO> {
    io: IO,
    /// Until when the client is waited for; `None` until our side is closed.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<IO> Lingering<IO> {
    pub(super) const fn new(io: IO) -> Self {
        Self { io, patience: None }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Lingering<IO> {
    /// Throws away what still comes, up to the end.
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

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<IO> {
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.patience.is_none() {
            ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
        }
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(sleep(LONGEST)));
        let is_over = patience.as_mut().poll(cx).is_ready();
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

impl<IO: AsyncRead + Unpin> AsyncRead for Lingering<IO> {
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
    async fn an_answer_arrives_though_the_client_sent_more() {
        let (mut client, server) = pair().await;
        let mut server = Lingering::new(server);
        client
            .write_all(b"a request that nobody reads")
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
    async fn a_client_that_stays_is_not_waited_for_forever() {
        let (_client, server) = pair().await;
        let mut server = Lingering {
            io: server,
            patience: Some(Box::pin(sleep(Duration::from_millis(10)))),
        };
        server.shutdown().await.unwrap();
    }
}
