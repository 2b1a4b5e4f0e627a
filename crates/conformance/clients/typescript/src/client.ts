// A shop as a program in TypeScript sees it: every path, body and answer is typed by what openapi-typescript
// makes of the document (schema.d.ts, made anew for each run). Prints a line for each check.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Order = components["schemas"]["Order"];

const url = process.argv[2];
if (url === undefined) {
  throw new Error("usage: node client.js URL");
}

function check(what: string, holds: boolean, seen?: unknown): asserts holds {
  console.log(holds ? `ok ${what}` : `FAILED ${what}: ${JSON.stringify(seen)}`);
  if (!holds) {
    process.exit(1);
  }
}

const shop = createClient<paths>({ baseUrl: url });

const login = await shop.POST("/api/identity/token", {
  body: { username: "demo", password: "demo-password" },
});
check("logs in", login.data !== undefined, login.error);
const access: string = login.data.access;
shop.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${access}`);
    return request;
  },
});

const me = await shop.GET("/api/identity/me");
check("knows who it is", me.data?.username === "demo", me.data ?? me.error);

const catalog = await shop.GET("/api/catalog/products", {
  params: { query: { search: "tent", ordering: "price", in_stock: true, limit: 3 } },
});
check("reads the catalog", catalog.data?.results.length === 3, catalog.data ?? catalog.error);
const product = catalog.data.results[0];
check("finds a product", product !== undefined, catalog.data);

const page = await shop.GET("/api/catalog/products/{reference}", {
  params: { path: { reference: String(product.id) } },
});
check("reads one product", page.data?.sku === product.sku, page.data ?? page.error);

const nothing = await shop.GET("/api/catalog/products/{reference}", {
  params: { path: { reference: "sku:NO-SUCH-THING" } },
});
check("is told what is not there", nothing.error?.code === "not_found", nothing.error);

const place = () =>
  shop.POST("/api/orders/orders", {
    params: { header: { "Idempotency-Key": "typescript-1" } },
    body: { order_items: [{ product: product.id, quantity: 2, price: product.price }] },
  });

const placed = await place();
check("places an order", placed.response.status === 201 && placed.data !== undefined, placed.error);
const order: Order = placed.data;
check("is told what it ordered", order.order_items[0]?.sku === product.sku, order);
check("is told the state of the order", order.status === "pending", order);

const again = await place();
check("gets the same order for the same key", again.data?.id === order.id, again.data ?? again.error);
check(
  "is told that it is the same",
  again.response.headers.get("Idempotent-Replayed") === "true",
  [...again.response.headers],
);

const other = await shop.POST("/api/orders/orders", {
  params: { header: { "Idempotency-Key": "typescript-1" } },
  body: { order_items: [{ product: product.id, quantity: 1 }] },
});
check(
  "is refused something else under the same key",
  other.response.status === 422 && other.error?.code === "idempotency_key_reused",
  other.error,
);

const tooMuch = await shop.POST("/api/orders/orders", {
  params: { header: { "Idempotency-Key": "typescript-2" } },
  body: { order_items: [{ product: product.id, quantity: 1_000_000 }] },
});
check("is refused what is not there", tooMuch.response.status === 409, tooMuch.error);
check("is told why", tooMuch.error?.code === "out_of_stock", tooMuch.error);
const short = tooMuch.error.lines?.[0];
check("is told what there is", short !== undefined && short.requested === 1_000_000, tooMuch.error);

// What the document does not know does not compile, or the types would prove nothing.
// @ts-expect-error no answer to this has the code
tooMuch.error.code satisfies "no_such_code";
// @ts-expect-error a product has no such field
product.no_such_field satisfies unknown;
// @ts-expect-error a line has to name a product
({ order_items: [{ quantity: 1 }] }) satisfies components["schemas"]["NewOrder"];

const orders = await shop.GET("/api/orders/orders", { params: { query: { limit: 1 } } });
check("finds its order", orders.data?.results[0]?.id === order.id, orders.data ?? orders.error);
