//! `sutler health` and `sutler --version`: what containers and operators ask first.

use super::SECRET;
use crate::{
    app::in_runtime,
    process::{Node, run},
};
use testbed::{TempDir, free_port};

#[test]
fn a_shop_is_ready_as_long_as_it_serves() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let mut node = Node::start(&["demo"], &[("SUTLER_SECRET_KEY", SECRET)]).await;
        let listen = node.address.to_string();
        let health = |listen: &str| run(dir.path(), &["health", "--listen", listen], &[]);
        health(&listen).says(0, &["ready: database ok, writer ok, backup off"]);
        health(&format!("0.0.0.0:{}", node.address.port())).says(0, &["ready"]);
        assert_eq!(node.stop(), Some(0));
        health(&listen).says(1, &["nothing is ready at", &listen]);
        let other = free_port().unwrap();
        let stranger = tokio::net::TcpListener::bind(("127.0.0.1", other)).await.unwrap();
        let answers = tokio::spawn(async move {
            let (mut stream, _) = stranger.accept().await.unwrap();
            tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 999]).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
            tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await.unwrap();
            stream
        });
        let asked = tokio::task::spawn_blocking(move || {
            let dir = TempDir::new().unwrap();
            run(dir.path(), &["health", "--listen", &format!("127.0.0.1:{other}")], &[])
        });
        asked.await.unwrap().says(1, &["is no shop"]);
        answers.await.unwrap();
    });
}

#[test]
fn a_version_names_its_schema() {
    let dir = TempDir::new().unwrap();
    let ended = run(dir.path(), &["--version"], &[]);
    let schema = format!("schema {})", store::schema_version());
    ended.says(0, &["sutler 0.1.0 (", &schema]);
}
