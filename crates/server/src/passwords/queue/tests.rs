//! Who gets a place and whose turn it is. No thread takes anything from these lines.

use super::*;
use std::{
    future::{Future, poll_fn},
    net::{IpAddr, Ipv4Addr},
    pin::Pin,
    task::Poll,
    time::{Duration, Instant},
};

type Asked = Pin<Box<dyn Future<Output = Result<bool, Busy>>>>;

fn from(number: u8) -> Source {
    Source::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)))
}

fn stranger(number: u8) -> Guest {
    Guest::stranger(from(number))
}

fn known(number: u8) -> Guest {
    Guest::known(from(number))
}

async fn wait(line: &Arc<Line>, source: u8) -> Option<Asked> {
    wait_as(line, stranger(source)).await
}

/// Whether there was a place; then the job waits in it.
async fn wait_as(line: &Arc<Line>, guest: Guest) -> Option<Asked> {
    let place = Line::take(line, guest).ok()?;
    let job = move |reply| Job::Verify { password: String::new(), hash: None, reply };
    let asked = async move { place.ask(job).await.map(|compared: Compared| compared.is_right) };
    let mut asked: Asked = Box::pin(asked);
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
    line.next().unwrap().0.source
}

#[tokio::test]
async fn each_source_has_its_turn() {
    let line = Arc::new(Line::new(24));
    let mut asked = Vec::new();
    for source in [1, 1, 1, 1, 2, 2, 3] {
        asked.push(wait(&line, source).await.unwrap());
    }
    for source in [1, 2, 3, 1, 2, 1, 1] {
        assert_eq!(next(&line), from(source));
    }
}

#[tokio::test]
async fn a_source_has_a_quarter_of_the_places_that_are_for_strangers() {
    let line = Arc::new(Line::new(16));
    let mut asked = Vec::new();
    for _ in 0..80 {
        asked.extend(wait(&line, 1).await);
    }
    assert_eq!((asked.len(), line.room()), (3, 13));
    assert!(wait(&line, 2).await.is_some());
    // Being hashed is a place too.
    let (seat, _job) = line.next().unwrap();
    assert!(wait(&line, 1).await.is_none());
    line.leave(seat);
    assert!(wait(&line, 1).await.is_some());
}

#[tokio::test]
async fn who_has_less_than_others_pushes_out_the_last_of_the_longest_line() {
    let line = Arc::new(Line::new(10));
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
    assert_eq!(line.room(), 2, "those are not for strangers");
    let turns: Vec<Source> = (0..8).map(|_| next(&line)).collect();
    assert_eq!(turns, [1, 2, 3, 4, 5, 6, 7, 8].map(from));
}

#[tokio::test]
async fn whoever_is_known_has_places_and_turns_of_his_own() {
    let line = Arc::new(Line::new(16));
    let mut asked = Vec::new();
    for number in 100..200 {
        asked.extend(wait(&line, number).await);
    }
    assert_eq!((asked.len(), line.room()), (12, 4));
    for number in 1..=4 {
        asked.push(wait_as(&line, known(number)).await.expect("his own"));
    }
    assert!(wait_as(&line, known(5)).await.is_none(), "there are no more");
    assert!(wait(&line, 5).await.is_none());
    let turns: Vec<Source> = (0..8).map(|_| next(&line)).collect();
    assert_eq!(turns, [1, 100, 2, 101, 3, 102, 4, 103].map(from));
    let (left, one) = (next(&line), next(&line));
    assert_eq!([left, one], [104, 105].map(from), "nobody who is known waits");
}

#[tokio::test]
async fn where_strangers_have_room_those_who_are_known_wait_there_too() {
    let line = Arc::new(Line::new(16));
    let mut asked = Vec::new();
    for _ in 0..16 {
        asked.extend(wait_as(&line, known(1)).await);
    }
    assert_eq!(asked.len(), 4, "of one source a quarter");
    for number in 2..=4 {
        asked.push(wait_as(&line, known(number)).await.unwrap());
    }
    let seats: Vec<bool> = (0..7).map(|_| line.next().unwrap().0.is_known).collect();
    assert_eq!(seats, [true, false, true, false, true, false, true]);
}

/// However many addresses a flood has, each of them is worn soon, and a new one is not.
#[tokio::test]
async fn who_was_wrong_more_often_makes_room_for_a_newcomer() {
    let line = Arc::new(Line::new(8));
    let guest = |number, burden| Guest { burden, ..stranger(number) };
    let mut flood = Vec::new();
    for (number, burden) in [(1, 2), (2, 9), (3, 3), (4, 2), (5, 2), (6, 2)] {
        flood.push(wait_as(&line, guest(number, burden)).await.unwrap());
    }
    assert!(wait_as(&line, guest(7, 9)).await.is_none(), "no better than the worst");
    let _newcomer = wait_as(&line, guest(8, 1)).await.expect("he is wrong for the first time");
    assert_eq!(poll_once(&mut flood[1]).await, Some(Err(Busy)));
    assert!(wait_as(&line, guest(9, 3)).await.is_none());
    let turns: Vec<Source> = (0..6).map(|_| next(&line)).collect();
    assert_eq!(turns, [1, 3, 4, 5, 6, 8].map(from));
}

#[tokio::test]
async fn a_place_is_free_again_when_its_owner_has_left() {
    let line = Arc::new(Line::new(5));
    let held = Line::take(&line, stranger(1)).unwrap();
    assert_eq!(line.room(), 4);
    drop(held);
    assert_eq!(line.room(), 5);
    drop(wait(&line, 1).await.unwrap());
    let mut asked = wait(&line, 1).await.expect("the one before has left");
    for source in 2..5 {
        drop(wait(&line, source).await.unwrap());
    }
    let stays = wait(&line, 5).await;
    assert!(stays.is_some(), "three have left");
    assert_eq!(line.room(), 3);
    let Some((seat, Job::Verify { reply, .. })) = line.next() else { panic!("nobody waits") };
    let (began, took) = (Instant::now(), Duration::ZERO);
    reply.send(Compared { is_right: true, is_foreign: false, began, took }).unwrap();
    line.leave(seat);
    assert_eq!(poll_once(&mut asked).await, Some(Ok(true)));
    assert_eq!(next(&line), from(5), "the turns of those who have left keep nobody waiting");
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
    let late = Line::take(&line, stranger(3)).unwrap();
    let told = late.ask(|reply| Job::Hash { password: String::new(), reply }).await;
    assert_eq!(told, Err(Busy), "nobody works any more");
}
