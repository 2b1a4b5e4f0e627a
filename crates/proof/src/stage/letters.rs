//! A mail server that takes everything, as fast as it comes, and hands each letter on.

use anyhow::Context;
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Dropping it closes it.
pub struct MailServer {
    pub address: SocketAddr,
    serving: JoinHandle<()>,
}

impl MailServer {
    /// `take` hears to whom a letter is, and its text as it was sent.
    pub async fn open(
        take: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> anyhow::Result<MailServer> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("a mail server")?;
        let (address, take) = (listener.local_addr()?, Arc::new(take));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let take = take.clone();
                // Whoever hangs up hangs up.
                tokio::spawn(async move { receive(stream, &*take).await });
            }
        });
        Ok(MailServer { address, serving })
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One conversation, as far as a shop has it that writes to one reader at a time.
async fn receive(stream: TcpStream, take: impl Fn(&str, &str)) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 proof\r\n").await?;
    let (mut line, mut to) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1);
                to = address.unwrap_or_default().to_owned();
                "250 OK\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut text).await? == 0 {
                        return Ok(());
                    }
                }
                take(&to, &text);
                "250 OK\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 OK\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}
