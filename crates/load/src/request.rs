//! Writes requests into one reused buffer, head and body together, ready for a single write.
//! What is the same in every request of a connection is written ahead.

use std::{fmt::Arguments, io::Write};

/// The request that a connection sends next.
pub struct RequestText {
    host: String,
    text: Vec<u8>,
    body: Vec<u8>,
}

impl RequestText {
    pub fn new(host: &str) -> Self {
        Self {
            host: format!("Host: {host}\r\n"),
            text: Vec::with_capacity(1024),
            body: Vec::with_capacity(256),
        }
    }

    /// `authorization` is the whole header line that says whose it is, or empty.
    pub fn get(&mut self, path: Arguments<'_>, authorization: &str) {
        self.begin("GET ", path, authorization);
        self.text.extend_from_slice(b"\r\n");
    }

    /// A body that stays empty is sent as none.
    pub fn post(
        &mut self,
        path: Arguments<'_>,
        authorization: &str,
        key: Option<Arguments<'_>>,
        write_body: impl FnOnce(&mut Vec<u8>),
    ) {
        self.begin("POST ", path, authorization);
        if let Some(key) = key {
            put(&mut self.text, format_args!("Idempotency-Key: {key}\r\n"));
        }
        self.body.clear();
        write_body(&mut self.body);
        if !self.body.is_empty() {
            self.text.extend_from_slice(b"Content-Type: application/json\r\n");
        }
        put(&mut self.text, format_args!("Content-Length: {}\r\n\r\n", self.body.len()));
        self.text.extend_from_slice(&self.body);
    }

    pub fn delete(&mut self, path: Arguments<'_>, authorization: &str) {
        self.begin("DELETE ", path, authorization);
        self.text.extend_from_slice(b"\r\n");
    }

    /// What was written last.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    fn begin(&mut self, method: &str, path: Arguments<'_>, authorization: &str) {
        self.text.clear();
        self.text.extend_from_slice(method.as_bytes());
        put(&mut self.text, path);
        self.text.extend_from_slice(b" HTTP/1.1\r\n");
        self.text.extend_from_slice(self.host.as_bytes());
        self.text.extend_from_slice(authorization.as_bytes());
    }
}

/// One more unit of a product, in a cart.
pub fn write_item(body: &mut Vec<u8>, product: u64) {
    put(body, format_args!("{{\"product\":{product},\"quantity\":1}}"));
}

/// One line for each product; each is already JSON.
pub fn write_order<T: std::fmt::Display>(body: &mut Vec<u8>, products: impl Iterator<Item = T>) {
    body.extend_from_slice(b"{\"order_items\":[");
    for (index, product) in products.enumerate() {
        let comma = if index == 0 { "" } else { "," };
        put(body, format_args!("{comma}{{\"product\":{product},\"quantity\":1}}"));
    }
    body.extend_from_slice(b"]}");
}

/// An order of another system, with so many items.
pub fn write_handed(body: &mut Vec<u8>, order_id: Arguments<'_>, user: u32, items: usize) {
    put(
        body,
        format_args!("{{\"order_id\":\"{order_id}\",\"user_id\":\"USER{user}\",\"item_ids\":["),
    );
    for item in 1..=items {
        let comma = if item == 1 { "" } else { "," };
        put(body, format_args!("{comma}{item}"));
    }
    body.extend_from_slice(b"],\"total_amount\":99.99}");
}

fn put(buffer: &mut Vec<u8>, text: Arguments<'_>) {
    buffer
        .write_fmt(text)
        .expect("a Vec takes every write, and numbers and strings format without failing");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_piece_of_text() {
        let mut request = RequestText::new("shop:8000");
        request.post(
            format_args!("/api/orders/orders"),
            "Authorization: Bearer t\r\n",
            Some(format_args!("k-{}", 7)),
            |body| {
                write_order(body, [17, 18].iter());
            },
        );
        assert_eq!(
            std::str::from_utf8(request.text()).unwrap(),
            "POST /api/orders/orders HTTP/1.1\r\nHost: shop:8000\r\nAuthorization: Bearer t\r\nIdempotency-Key: k-7\r\n\
             Content-Type: application/json\r\nContent-Length: 73\r\n\r\n\
             {\"order_items\":[{\"product\":17,\"quantity\":1},{\"product\":18,\"quantity\":1}]}"
        );
        request.get(format_args!("/api/catalog/products?offset={}", 10), "");
        assert_eq!(
            request.text(),
            b"GET /api/catalog/products?offset=10 HTTP/1.1\r\nHost: shop:8000\r\n\r\n"
        );
        request.post(format_args!("/api/orders/orders/9/cancel"), "", None, |_| {});
        assert_eq!(request.text(), b"POST /api/orders/orders/9/cancel HTTP/1.1\r\nHost: shop:8000\r\nContent-Length: 0\r\n\r\n");
        request.delete(format_args!("/api/cart"), "A: b\r\n");
        assert_eq!(request.text(), b"DELETE /api/cart HTTP/1.1\r\nHost: shop:8000\r\nA: b\r\n\r\n");
    }
}
