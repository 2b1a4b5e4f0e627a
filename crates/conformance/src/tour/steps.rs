//! What the tour does, step by step. Each visit has names of its own, so that one shop takes any number of them.

use super::{Chapter, Step};
use serde_json::json;

pub fn chapters() -> Vec<Chapter> {
    vec![
        Chapter { name: "Register", steps: register() },
        Chapter { name: "Browse", steps: browse() },
        Chapter { name: "Fill a cart, and claim it", steps: fill_a_cart() },
        Chapter { name: "Check out", steps: check_out() },
        Chapter { name: "The history", steps: look_back() },
        Chapter { name: "Staff: product and inventory", steps: stock_up() },
        Chapter { name: "Staff: the orders' moves", steps: move_orders() },
        Chapter { name: "Orders of another system", steps: hand_over() },
    ]
}

fn register() -> Vec<Step> {
    let account = json!({
        "username": "ada-{{visit}}",
        "email": "ada-{{visit}}@example.com",
        "password": "correct horse",
        "password2": "correct horse",
    });
    vec![
        Step::new("Register", "POST", "/api/identity/register")
            .makes("visit", "String(Date.now())")
            .makes("username", "\"ada-\" + pm.variables.get(\"visit\")")
            .body(account.clone())
            .answered(201)
            .expects("username", "{{username}}"),
        Step::new("Register again: the name is taken", "POST", "/api/identity/register")
            .body(account)
            .answered(409),
        Step::new("Log in with a wrong password", "POST", "/api/identity/token")
            .body(json!({ "username": "ada-{{visit}}", "password": "battery staple" }))
            .answered(401),
        Step::new("Log in", "POST", "/api/identity/token")
            .body(json!({ "username": "ada-{{visit}}", "password": "correct horse" }))
            .keeps("refresh", "refresh"),
        Step::new("Renew the session", "POST", "/api/identity/token/refresh")
            .body(json!({ "refresh": "{{refresh}}" }))
            .keeps("token", "access"),
        Step::new("Who am I", "GET", "/api/identity/me")
            .by("token")
            .expects("username", "{{username}}")
            .expects("role", "customer"),
    ]
}

fn browse() -> Vec<Step> {
    vec![
        Step::new("Search", "GET", "/api/catalog/products?search=tent&ordering=price&limit=3")
            .expects("results.length", 3)
            .keeps("product", "results[0].id")
            .keeps("price", "results[0].price"),
        Step::new("One product", "GET", "/api/catalog/products/{{product}}")
            .expects("id", "{{product}}")
            .expects("in_stock", true),
        Step::new("A product that is not there", "GET", "/api/catalog/products/sku:NO-SUCH-THING")
            .answered(404)
            .expects("code", "not_found"),
        Step::new("Inventory is for staff", "GET", "/api/catalog/inventory")
            .by("token")
            .answered(403)
            .expects("code", "forbidden"),
    ]
}

fn fill_a_cart() -> Vec<Step> {
    vec![
        Step::new("Put something in, as a guest", "POST", "/api/cart/items")
            .body(json!({ "product": "#{{product}}#", "quantity": 2 }))
            .expects("items[0].quantity", 2)
            .keeps("cart_token", "cart_token"),
        Step::new("See it again", "GET", "/api/cart")
            .header("Cart-Token", "{{cart_token}}")
            .expects("items[0].quantity", 2),
        Step::new("Claim it after the login", "POST", "/api/cart/claim")
            .by("token")
            .body(json!({ "cart_token": "{{cart_token}}" }))
            .expects("items[0].quantity", 2),
        Step::new("One is enough", "PUT", "/api/cart/items/{{product}}")
            .by("token")
            .body(json!({ "quantity": 1 }))
            .expects("items[0].quantity", 1)
            .expects("total", "{{price}}"),
    ]
}

fn check_out() -> Vec<Step> {
    let checkout = json!({
        "note": "Ring twice.",
        "delivery_address": { "name": "Ada", "line1": "1 Camp Street", "city": "Camp", "country": "DE" },
    });
    vec![
        Step::new("Check out", "POST", "/api/cart/checkout")
            .by("token")
            .header("Idempotency-Key", "checkout-{{visit}}")
            .body(checkout.clone())
            .answered(201)
            .expects("status", "pending")
            .expects("total", "{{price}}")
            .keeps("order", "id"),
        Step::new("Again, as if the answer was lost: the same order", "POST", "/api/cart/checkout")
            .by("token")
            .header("Idempotency-Key", "checkout-{{visit}}")
            .body(checkout)
            .answered(201)
            .expects_header("Idempotent-Replayed", "true")
            .expects("id", "{{order}}"),
        Step::new("Something else under the same key", "POST", "/api/cart/checkout")
            .by("token")
            .header("Idempotency-Key", "checkout-{{visit}}")
            .body(json!({ "note": "Do not ring." }))
            .answered(422)
            .expects("code", "idempotency_key_reused"),
        Step::new("The cart is empty now", "POST", "/api/cart/checkout")
            .by("token")
            .header("Idempotency-Key", "checkout-again-{{visit}}")
            .body(json!({}))
            .answered(409)
            .expects("code", "cart_empty"),
        Step::new("More than there is", "POST", "/api/orders/orders")
            .by("token")
            .header("Idempotency-Key", "too-much-{{visit}}")
            .body(json!({ "order_items": [{ "product": "#{{product}}#", "quantity": 1_000_000 }] }))
            .answered(409)
            .expects("code", "out_of_stock")
            .expects("lines[0].requested", 1_000_000),
    ]
}

fn look_back() -> Vec<Step> {
    vec![
        Step::new("My orders", "GET", "/api/orders/orders")
            .by("token")
            .expects("count", 1)
            .expects("results[0].id", "{{order}}"),
        Step::new("This order", "GET", "/api/orders/orders/{{order}}")
            .by("token")
            .expects("note", "Ring twice.")
            .expects("order_items[0].product", "{{product}}"),
        Step::new("Another order, without a cart", "POST", "/api/orders/orders")
            .by("token")
            .header("Idempotency-Key", "second-{{visit}}")
            .body(json!({ "order_items": [{ "product": "#{{product}}#", "quantity": 2 }] }))
            .answered(201)
            .keeps("second", "id"),
        Step::new("Cancel it", "POST", "/api/orders/orders/{{second}}/cancel")
            .by("token")
            .expects("status", "cancelled"),
        Step::new("What became of it", "GET", "/api/orders/orders/{{second}}/timeline")
            .by("token")
            .expects("results.length", 2),
        Step::new(
            "Who does not say who he is sees none of it",
            "GET",
            "/api/orders/orders/{{second}}",
        )
        .answered(401)
        .expects("code", "unauthenticated"),
    ]
}

fn stock_up() -> Vec<Step> {
    vec![
        Step::new("Log in as staff", "POST", "/api/identity/token")
            .body(json!({ "username": "admin", "password": "admin-password" }))
            .keeps("staff", "access"),
        Step::new("Put a product in", "POST", "/api/catalog/products")
            .by("staff")
            .header("Idempotency-Key", "cup-{{visit}}")
            .body(json!({ "sku": "CUP-{{visit}}", "name": "Tin cup", "price": "4.50", "quantity": 10 }))
            .answered(201)
            .expects("quantity", 10)
            .keeps("cup", "id")
            .keeps("version", "version"),
        Step::new("Receive goods", "POST", "/api/catalog/inventory/batch")
            .by("staff")
            .header("Idempotency-Key", "goods-{{visit}}")
            .body(json!({ "lines": [{ "product": "CUP-{{visit}}", "delta": 5, "reason": "delivery" }] })),
        Step::new("What lies there", "GET", "/api/catalog/products/{{cup}}/stock")
            .by("staff")
            .expects("on_hand", 15)
            .expects("available", 15),
        Step::new("Another price", "PATCH", "/api/catalog/products/{{cup}}")
            .by("staff")
            .header("If-Match", "\"{{version}}\"")
            .body(json!({ "price": "4.90" }))
            .expects("price", "4.90"),
        Step::new("A price by who has not seen that", "PATCH", "/api/catalog/products/{{cup}}")
            .by("staff")
            .header("If-Match", "\"{{version}}\"")
            .body(json!({ "price": "3.90" }))
            .answered(412)
            .expects("code", "version_mismatch"),
        Step::new("Take it out again", "DELETE", "/api/catalog/products/{{cup}}")
            .by("staff")
            .answered(204),
    ]
}

fn hand_over() -> Vec<Step> {
    let order = json!({
        "order_id": "ORD-{{visit}}",
        "user_id": "USER001",
        "item_ids": [1, 2, 3],
        "total_amount": 99.99,
    });
    vec![
        Step::new("Hand an order over", "POST", "/api/orders")
            .body(order.clone())
            .answered(201)
            .expects("status", "pending")
            .expects("total_amount", "99.99")
            .keeps("handed", "id"),
        Step::new("The same again is the same order", "POST", "/api/orders")
            .body(order)
            .answered(201)
            .expects("id", "{{handed}}"),
        Step::new("Another order under its name", "POST", "/api/orders")
            .body(json!({ "order_id": "ORD-{{visit}}", "user_id": "USER002", "item_ids": [1], "total_amount": 1 }))
            .answered(409)
            .expects("code", "order_id_taken"),
        Step::new("It by its name", "GET", "/api/orders/ORD-{{visit}}")
            .expects("id", "{{handed}}")
            .expects("user_id", "USER001"),
        Step::new("What was handed over", "GET", "/api/orders?limit=1")
            .expects("results[0].id", "{{handed}}"),
        Step::new("Many at once, one a line", "POST", "/api/orders/bulk")
            .lines(&[
                json!({ "order_id": "ORD-{{visit}}", "user_id": "USER001", "item_ids": [1, 2, 3], "total_amount": 99.99 }),
                json!({ "order_id": "ORD-{{visit}}-2", "user_id": "USER002", "item_ids": ["Widget"], "total_amount": 5 }),
                json!({ "order_id": "ORD-{{visit}}-3" }),
            ])
            .expects("[0].id", "{{handed}}")
            .expects("[1].status", "done")
            .expects("[2].code", "invalid"),
        Step::new("What orders come to", "GET", "/api/orders/metrics")
            .keeps("processed", "total_orders_processed")
            .keeps("pending", "status_counts.pending"),
    ]
}

fn move_orders() -> Vec<Step> {
    vec![
        Step::new("What waits", "GET", "/api/orders/orders?status=pending&ordering=number&limit=1")
            .by("staff")
            .expects("results[0].status", "pending"),
        Step::new("Begin with the order", "POST", "/api/orders/orders/{{order}}/start")
            .by("staff")
            .expects("status", "processing"),
        Step::new("Complete it", "POST", "/api/orders/orders/{{order}}/complete")
            .by("staff")
            .expects("status", "completed"),
        Step::new("Too late to cancel", "POST", "/api/orders/orders/{{order}}/cancel")
            .by("token")
            .answered(409)
            .expects("code", "not_cancellable"),
        Step::new("The whole story", "GET", "/api/orders/orders/{{order}}/timeline")
            .by("staff")
            .expects("results.length", 3),
    ]
}
