//! A message and its answer over TCP, each with its length before it in four bytes.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{Interrupt, Runtime};

/// The largest answer that is read.
const MOST: usize = 1 << 20;

/// Sends a message, which has its length before it already, to the first address of a name that takes the connection, and gives the answer
/// with its length. The limits are the time for each connection, and when the answer has to be there.
///
/// # Errors
/// When there is no answer, none in time, or the caller is asked to end (`Interrupted`).
pub fn exchange_framed(
    place: (String, u16),
    message: Vec<u8>,
    (connect, until): (Duration, Instant),
    interrupt: &Interrupt,
) -> io::Result<Vec<u8>> {
    let left = until.saturating_duration_since(Instant::now());
    let asking = async move {
        let answer = timeout(left, ask(place, &message, connect)).await;
        answer.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
    };
    let answer = Runtime::new()?.wait(asking, interrupt);
    answer.unwrap_or_else(|_| Err(ErrorKind::Interrupted.into()))
}

async fn ask(place: (String, u16), message: &[u8], most: Duration) -> io::Result<Vec<u8>> {
    let stream = connect(place, most).await?;
    stream.set_nodelay(true)?;
    let mut rest = message;
    while !rest.is_empty() {
        stream.writable().await?;
        let count = again(stream.try_write(rest))?.unwrap_or_default();
        rest = rest.get(count..).unwrap_or_default();
    }
    let mut length = [0; 4];
    fill(&stream, &mut length).await?;
    let size = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if size == 0 || size > MOST {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            "what comes is no answer of this protocol",
        ));
    }
    let mut answer = vec![0; size];
    fill(&stream, &mut answer).await?;
    Ok([&length[..], &answer].concat())
}

async fn connect(place: (String, u16), most: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "its name has no address");
    for address in lookup_host(place).await? {
        match timeout(most, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

async fn fill(stream: &TcpStream, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        stream.readable().await?;
        let count = match again(stream.try_read(buffer))? {
            Some(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Some(count) => count,
            None => 0,
        };
        buffer = buffer.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}

/// Nothing where a socket was not ready after all.
fn again(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    /// A server that answers once with these bytes, and then keeps the connection open for as long as the other end does.
    fn server(answer: Vec<u8>) -> (String, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 7];
            stream.read_exact(&mut asked).unwrap();
            stream.write_all(&answer).unwrap();
            let _ = stream.read(&mut asked);
        });
        ("127.0.0.1".to_owned(), port)
    }

    fn asked(place: (String, u16), seconds: u64, interrupt: &Interrupt) -> io::Result<Vec<u8>> {
        let until = Instant::now() + Duration::from_secs(seconds);
        let limits = (Duration::from_secs(5), until);
        exchange_framed(place, b"\0\0\0\x03abc".to_vec(), limits, interrupt)
    }

    /// User-pains 9.
    #[test]
    fn an_answer_is_bounded_in_time_and_size() {
        let never = Interrupt::default();
        let good = b"\0\0\0\x02ok".to_vec();
        assert_eq!(asked(server(good.clone()), 30, &never).unwrap(), good);
        for (answer, kind) in [
            (b"HTTP/1.1 400".to_vec(), ErrorKind::InvalidData),
            (vec![0; 4], ErrorKind::InvalidData),
            (b"\0\0\0\x03ok".to_vec(), ErrorKind::TimedOut),
        ] {
            let error = asked(server(answer), 1, &never).unwrap_err();
            assert_eq!(error.kind(), kind);
        }
        let began = Instant::now();
        let interrupt = Interrupt::new(move || began.elapsed() > Duration::from_millis(50));
        let error = asked(server(Vec::new()), 30, &interrupt).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
