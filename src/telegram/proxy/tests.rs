//! Slow connections, with a clock that moves only while every task waits.

use secrecy::SecretString;
use tokio::io::DuplexStream;
use tokio::time::interval;

use super::moving::Moving;
use super::*;

/// The longest wait of the tested code for each piece of data.
const EACH: Duration = Duration::from_secs(10);
const NOW: Instant = Instant(2_000_000_000);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Sends each piece after a pause, and then nothing more; discards what it receives.
async fn trickle(mut stream: DuplexStream, pieces: impl IntoIterator<Item = Vec<u8>>, pause: Duration) {
    for piece in pieces {
        sleep(pause).await;
        stream.write_all(&piece).await.unwrap();
    }
    std::future::pending::<()>().await;
}

fn bytes_of(text: &[u8]) -> Vec<Vec<u8>> {
    text.iter().map(|byte| vec![*byte]).collect()
}

fn proxy(link: &str) -> Proxy {
    Proxy::parse(&SecretString::from(link)).unwrap()
}

/// The first `wanted` bytes of Telegram's that arrive through a proxy, which sends `said` byte by byte, each after
/// `pause`; or the error of the connection, if it ends first.
async fn through(link: &str, said: &[u8], wanted: usize, pause: Duration) -> Option<Result<Vec<u8>, DialError>> {
    let proxy = proxy(link);
    let (near, far) = tokio::io::duplex(4096);
    let (mut library, local) = tokio::io::duplex(1024);
    let (progress, steps) = (Progress::default(), Progress::default());
    let advance = || {
        progress.advance();
        steps.advance();
    };
    let target = "149.154.167.51:443".parse().unwrap();
    let route = Route { proxy: Some(&proxy), dc: 2, target, now: NOW };
    let dialer = Dialer { route, advance: &advance, progress: &progress };
    let carried = async {
        let remote = dialer.pass(Moving { stream: near, advance: &advance }).await?;
        forward(local, remote, &dialer).await
    };
    let read = async {
        let mut data = vec![0; wanted];
        library.read_exact(&mut data).await.unwrap();
        data
    };
    let work = async {
        tokio::select! {
            biased;
            data = read => Ok(data),
            end = carried => Err(end.unwrap_err()),
            () = trickle(far, bytes_of(said), pause) => unreachable!("it never ends"),
        }
    };
    while_progress(work, steps.steps(), EACH, MAX_TIMEOUT).await
}

const SOCKS5: &str = "socks5://ada:secret@10.0.0.1:1080";
/// Greeting, password, target.
const SOCKS5_ANSWERS: &[u8] = &[5, 2, 1, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 0];
const HTTP: &str = "http://10.0.0.1:3128";
const HTTP_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

/// CASES T5.
#[tokio::test(start_paused = true)]
async fn a_slow_proxy_that_moves_is_not_given_up() {
    for (link, answers) in [(SOCKS5, SOCKS5_ANSWERS), (HTTP, HTTP_ANSWER)] {
        let said = [answers, b"Telegram"].concat();
        // Every byte is sent alone, so each step, and all steps together, take longer than one silence may.
        let pause = seconds(2);
        assert!(pause * said.len() as u32 > 3 * EACH && pause * 10 > dial::STEP_TIMEOUT);
        assert_eq!(through(link, &said, 8, pause).await, Some(Ok(b"Telegram".to_vec())), "{link}");
    }
}

/// CASES T5.
#[tokio::test(start_paused = true)]
async fn a_step_that_stalls_is_given_up_and_named() {
    for (link, answers, said, step) in [
        (SOCKS5, SOCKS5_ANSWERS, 0, Step::Greeting),
        (SOCKS5, SOCKS5_ANSWERS, 1, Step::Greeting),
        (SOCKS5, SOCKS5_ANSWERS, 3, Step::Password),
        (SOCKS5, SOCKS5_ANSWERS, 9, Step::Target),
        (HTTP, HTTP_ANSWER, 12, Step::Target),
    ] {
        let stalled = through(link, &answers[..said], 1, seconds(2));
        let last = seconds(2) * said as u32;
        // The step fails at its timeout, neither before nor long after it.
        let mut stalled = std::pin::pin!(stalled);
        assert!(timeout(last + dial::STEP_TIMEOUT - seconds(1), &mut stalled).await.is_err(), "{link} {said}");
        let error = timeout(seconds(2), stalled).await.expect("it is given up").unwrap().unwrap_err();
        assert_eq!((error.step, error.to_string().ends_with("no answer within 8 s")), (step, true), "{error}");
    }
}

/// CASES T5.
#[tokio::test(start_paused = true)]
async fn telegram_that_stalls_behind_a_proxy_is_given_up() {
    let said = [SOCKS5_ANSWERS, b"Tele"].concat();
    assert_eq!(through(SOCKS5, &said, 8, seconds(2)).await, None);
}

/// CASES T5.
#[tokio::test(start_paused = true)]
async fn each_step_starts_the_time_anew_but_not_without_end() {
    let given_up_after = async |pause: Duration, count: u32| {
        let progress = Progress::default();
        let mut passed = 0;
        let mut second = interval(seconds(1));
        let steps = async {
            for _ in 0..count {
                sleep(pause).await;
                progress.advance();
            }
            std::future::pending::<()>().await;
        };
        let work = while_progress(std::future::pending::<()>(), progress.steps(), EACH, MAX_TIMEOUT);
        let (mut work, mut steps) = (std::pin::pin!(work), std::pin::pin!(steps));
        loop {
            tokio::select! {
                biased;
                () = &mut steps => unreachable!("they never end"),
                given_up = &mut work => {
                    assert_eq!(given_up, None);
                    return passed;
                }
                _ = second.tick() => passed += 1,
            }
        }
    };
    // The first tick comes at once.
    assert_eq!(given_up_after(seconds(9), 0).await, 10);
    assert_eq!(given_up_after(seconds(9), 3).await, 37);
    assert_eq!(given_up_after(seconds(11), 1).await, 10);
    assert_eq!(given_up_after(seconds(9), 100).await, 60);
}
