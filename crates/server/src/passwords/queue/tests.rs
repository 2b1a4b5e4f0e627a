//! Who gets a place and whose turn it is. No thread takes anything from these lines.

use super::*;
use std::{
    future::{Future, poll_fn},
    net::{IpAddr, Ipv4Addr},
    pin::Pin,
    task::Poll,
};

type Asked = Pin<Box<dyn Future<Output = Result<bool, Busy>>>>;

fn from(number: u8) -> Source {
    Source::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)))
}

/// Whether there was a place; then the job waits in it.
async fn wait(line: &Arc<Line>, source: u8) -> Option<Asked> {
    let place = Line::take(line, from(source)).ok()?;
    let job = move |reply| Job::Verify { password: source.to_string(), hash: None, reply };
    let mut asked: Asked = Box::pin(place.ask(job));
    assert_eq!(poll_once(&mut asked).await, None);
    Some(asked)
}

async fn poll_once(asked: &mut Asked) -> Option<Result<bool, Busy>> {
    poll_fn(|context| {
        Poll::Ready(match asked.as_mut().poll(context) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        })
    })
    .await
}

fn next(line: &Line) -> Source {
    line.next().unwrap().0
}

#[tokio::test]
async fn each_source_has_its_turn() {
    let line = Arc::new(Line::new(16));
    let mut asked = Vec::new();
    for source in [1, 1, 1, 1, 2, 2, 3] {
        asked.push(wait(&line, source).await.unwrap());
    }
    for source in [1, 2, 3, 1, 2, 1, 1] {
        assert_eq!(next(&line), from(source));
    }
}

#[tokio::test]
async fn a_source_has_a_quarter_of_the_places() {
    let line = Arc::new(Line::new(16));
    let mut asked = Vec::new();
    for _ in 0..80 {
        asked.extend(wait(&line, 1).await);
    }
    assert_eq!((asked.len(), line.room()), (4, 12));
    assert!(wait(&line, 2).await.is_some());
    // Being hashed is a place too.
    let (source, _job) = line.next().unwrap();
    assert!(wait(&line, 1).await.is_none());
    line.leave(source);
    assert!(wait(&line, 1).await.is_some());
}

#[tokio::test]
async fn who_has_less_than_others_pushes_out_the_last_of_the_longest_line() {
    let line = Arc::new(Line::new(8));
    let mut flood = Vec::new();
    for source in [1, 1, 2, 2, 3, 3, 4, 4] {
        flood.push(wait(&line, source).await.unwrap());
    }
    assert!(wait(&line, 1).await.is_none(), "he has as many as the others");
    let mut others = Vec::new();
    for source in 5..9 {
        others.push(wait(&line, source).await.expect("less than others"));
    }
    assert!(wait(&line, 9).await.is_none(), "nobody has more than one");
    let mut told = Vec::new();
    for asked in &mut flood {
        told.push(poll_once(asked).await);
    }
    let (stays, out) = (None, Some(Err(Busy)));
    assert_eq!(told, [stays, out, stays, out, stays, out, stays, out]);
    assert_eq!(line.room(), 0);
    let turns: Vec<Source> = (0..8).map(|_| next(&line)).collect();
    assert_eq!(turns, [1, 2, 3, 4, 5, 6, 7, 8].map(from));
}

#[tokio::test]
async fn a_place_is_free_again_when_its_owner_has_left() {
    let line = Arc::new(Line::new(4));
    let held = Line::take(&line, from(1)).unwrap();
    assert_eq!(line.room(), 3);
    drop(held);
    assert_eq!(line.room(), 4);
    drop(wait(&line, 1).await.unwrap());
    let mut asked = wait(&line, 1).await.expect("the one before has left");
    for source in 2..5 {
        drop(wait(&line, source).await.unwrap());
    }
    assert!(wait(&line, 5).await.is_some(), "three have left");
    assert_eq!(line.room(), 2);
    let Some((source, Job::Verify { reply, .. })) = line.next() else { panic!("nobody waits") };
    reply.send(true).unwrap();
    line.leave(source);
    assert_eq!(poll_once(&mut asked).await, Some(Ok(true)));
}

#[tokio::test]
async fn who_left_is_passed_over_and_at_the_end_all_are_told() {
    let line = Arc::new(Line::new(100));
    for _ in 0..25 {
        drop(wait(&line, 1).await.unwrap());
    }
    let _stays = wait(&line, 2).await.unwrap();
    assert_eq!(next(&line), from(2));
    drop(Closes(Arc::clone(&line)));
    assert!(line.next().is_none());
    let late = Line::take(&line, from(3)).unwrap();
    let told = late.ask(|reply| Job::Hash { password: String::new(), reply }).await;
    assert_eq!(told, Err(Busy), "nobody works any more");
}
