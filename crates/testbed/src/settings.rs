//! How the servers are configured: as in production, but for what tests may give up for speed.

/// Whether a commit survives a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in production: fsync, synchronous_commit and full_page_writes are on. On a real disk.
    Full,
    /// For fast tests. A crash of Postgres alone still loses nothing, a crash of the machine may.
    Off,
}

/// Names and values; what the caller adds comes last and wins.
pub fn settings(durability: Durability, extra: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all = vec![
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("max_connections", "200"),
        ("shared_buffers", "256MB"),
        ("autovacuum", "on"),
        ("log_line_prefix", "%m [%p] "),
    ];
    match durability {
        Durability::Full => {
            all.extend([("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")])
        }
        Durability::Off => all.extend([
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
            // Its data may be in memory.
            ("max_wal_size", "256MB"),
            // A killed server would leave segments in /dev/shm, which is small in containers.
            ("dynamic_shared_memory_type", "mmap"),
        ]),
    }
    all.extend(extra);
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
