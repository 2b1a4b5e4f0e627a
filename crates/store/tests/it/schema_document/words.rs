//! What no database says of its tables: what a row of each is, where columns lead that are no foreign keys, and
//! what numbers stand for. Each is compared with the database, so that nothing is left out and nothing made up.

use domain::*;

pub struct Module {
    pub name: &'static str,
    pub about: &'static str,
    /// What it has, in the order in which it is told: tables, views and triggers, and a sentence for each.
    pub things: &'static [(&'static str, &'static str)],
}

pub const MODULES: &[Module] = &[
    Module {
        name: "identity",
        about: "Who comes in, and by what.",
        things: &[
            (
                "accounts",
                "Somebody who can log in, or could: a person who has gone is a row in which \
                 nothing is left of him, for his orders have an owner still.",
            ),
            (
                "sessions",
                "One login. Its refresh token names the row and a `generation`; it ends with \
                 `ended_at`, with its time, or when its account has got another `era`.",
            ),
            (
                "addresses",
                "An address that somebody keeps for his deliveries, as JSON in `postal`.",
            ),
            (
                "links",
                "A mail that waits for its reader to follow its link: one of an account for each \
                 purpose, with a hash of what the link says.",
            ),
            (
                "factors",
                "The second factor of an account: the secret that its telephone counts by, and \
                 hashes of the codes on paper that are left.",
            ),
            (
                "api_keys",
                "What a program shows: what it may (`scopes`, a bit for each), and a hash of its \
                 secret.",
            ),
            (
                "standings",
                "The sessions that are good now, as the door asks for them in each batch.",
            ),
        ],
    },
    Module {
        name: "catalog",
        about: "What can be bought, for how much, and how much of it lies there.",
        things: &[
            (
                "categories",
                "A place in the tree of categories; one without a parent is at its top.",
            ),
            (
                "products",
                "Something that is sold, or was: an archived one stays for the orders that name \
                 it, and has given up its sku (`former_sku`) and its category.",
            ),
            (
                "prices",
                "What a product costs in a channel and a currency. That of the shop's own channel \
                 stands on the product too, where lists find it.",
            ),
            (
                "stock",
                "A shelf: what lies there of a product (`on_hand`) and how much of that carts \
                 hold (`reserved`). The database refuses one that promises more than it has.",
            ),
            (
                "stock_entries",
                "A line of the ledger, never edited: by how much a shelf has changed, and why. It \
                 names the one before it of its shelf, and the shelf its last one; of what was \
                 sold there is one line for each batch.",
            ),
            (
                "priced_products",
                "Products with the price in the shop's own channel and the slug of their \
                 category.",
            ),
            ("branches", "The whole tree of categories, as the door sees it when it changes."),
            (
                "category_uses",
                "How many products are in a category; no further than to ten thousand.",
            ),
            ("ledgers", "What the lines of a product's ledger come to, and what carts hold of it."),
            (
                "stock_entries_linked",
                "A line that is written by hand gets its place in the ledger of its shelf.",
            ),
            (
                "stock_entries_unlinked",
                "When lines are deleted by hand, the others of their shelf close up.",
            ),
            ("stock_kept", "A shelf that has a ledger is not deleted."),
        ],
    },
    Module {
        name: "orders",
        about: "What is to be bought, what was, and what has happened to it.",
        things: &[
            (
                "orders",
                "An order, for ever. Its `number` is given at the commit and has no gaps; \
                 `once_id` is a hash of its caller and the key that it was placed under.",
            ),
            (
                "order_lines",
                "A line of an order: a copy of what was bought, and at what price, that no edit \
                 of the product changes.",
            ),
            (
                "events",
                "Something that has happened to an order, a cart or a product (`subject_id` is \
                 the product's number then). Never edited, and counted by `position` without \
                 gaps: this is the outbox that consumers follow.",
            ),
            (
                "carts",
                "What somebody means to buy, held until `expires_at`. Its id is its owner's: \
                 everybody has one at most.",
            ),
            (
                "holds",
                "So many units of a product that a cart holds. They are `reserved` on its shelf.",
            ),
            (
                "crowds",
                "How many units all guests of one address hold together; its id is a hash of the \
                 address.",
            ),
            (
                "bought",
                "How much a caller has ordered of a product that has a bound for each caller, \
                 since it has one, but for what was cancelled or has failed.",
            ),
            (
                "claims",
                "An order that a worker has begun with, until it has come to an end: which process \
                 works on it, and when others may.",
            ),
            (
                "figures",
                "What orders come to, counted by the consumer `figures` up to where its cursor \
                 stands. `bucket` is the status for statuses, the hour since 1970 for orders and \
                 revenue, 0 for the time, and a step of a ladder for spans.",
            ),
        ],
    },
    Module {
        name: "writer",
        about: "What the one door keeps for itself.",
        things: &[
            (
                "counters",
                "The last number that was given out: of orders, of products, of categories.",
            ),
            (
                "feed",
                "One row, the last that every commit takes: how many events and how many commits \
                 there were. Another `epoch` is another history, as after a backup was restored.",
            ),
            (
                "oldest",
                "One row: the oldest `schema` whose programs may still work here. A migration that those before it would \
                 not survive raises it; they see it when they connect, and say why they do not start.",
            ),
            (
                "consumers",
                "Somebody who follows the events: how far he has come, and which process works \
                 for him for how long.",
            ),
            (
                "batches",
                "A transaction of the door. It is written first, so that after a lost connection \
                 it can be asked whether the rest was committed. Kept for two hours.",
            ),
            (
                "traces",
                "What was answered under an `Idempotency-Key`, but for orders, which have theirs \
                 on the row. Kept for two days.",
            ),
            (
                "trail",
                "Who has changed what, with what it was before and after as JSON; `subject` says \
                 what, such as `product:7`. Kept for as long as `audit_kept` says.",
            ),
        ],
    },
];

pub struct Reference {
    pub from: &'static str,
    pub columns: &'static [&'static str],
    pub to: &'static str,
    pub to_columns: &'static [&'static str],
    /// Of which rows it holds, if not of all that say something there.
    pub of: &'static str,
}

const fn reference(
    [from, to]: [&'static str; 2],
    columns: &'static [&'static str],
    to_columns: &'static [&'static str],
    of: &'static str,
) -> Reference {
    Reference { from, columns, to, to_columns, of }
}

const ID: &[&str] = &["id"];
const SHELF: &[&str] = &["product_id", "location_id"];

/// Where rows lead without a foreign key. Of callers the accounts: the others have no row that stays, or hardly
/// ever own anything.
pub const REFERENCES: &[Reference] = &[
    reference(["api_keys", "accounts"], &["created_by"], ID, ""),
    reference(["stock", "stock_entries"], &["last_entry"], ID, "last_entry > 0"),
    reference(["stock_entries", "stock"], SHELF, SHELF, ""),
    reference(["stock_entries", "stock_entries"], &["previous"], ID, "previous > 0"),
    reference(["stock_entries", "accounts"], &["actor_id"], ID, "actor_kind = 1"),
    reference(["orders", "accounts"], &["owner_id"], ID, "owner_kind = 1"),
    reference(["orders", "accounts"], &["placed_by_id"], ID, "placed_by_kind = 1"),
    reference(["order_lines", "orders"], &["order_id"], ID, ""),
    reference(["claims", "orders"], &["order_id"], ID, ""),
    reference(["order_lines", "products"], &["product_id"], ID, ""),
    reference(["events", "orders"], &["subject_id"], ID, "subject_kind = 1"),
    reference(["events", "accounts"], &["actor_id"], ID, "actor_kind = 1"),
    reference(["carts", "accounts"], ID, ID, "owner_kind = 1"),
    reference(["carts", "crowds"], &["crowd_id"], ID, ""),
    reference(["holds", "carts"], &["cart_id"], ID, ""),
    reference(["holds", "products"], &["product_id"], ID, ""),
    reference(["bought", "products"], &["product_id"], ID, ""),
    reference(["bought", "accounts"], &["owner_id"], ID, "owner_kind = 1"),
    reference(["consumers", "events"], &["position"], &["position"], "position > 0"),
    reference(["traces", "accounts"], &["caller_id"], ID, "caller_kind = 1"),
    reference(["trail", "accounts"], &["actor_id"], ID, "actor_kind = 1"),
];

/// What ends in `_id` and leads to no row of the shop.
pub const NOWHERE: &[&str] = &["correlation_id", "location_id", "once_id", "public_id"];

/// Small numbers that stand for nothing but themselves.
pub const PLAIN: &[&str] = &["line", "one"];

/// Columns, by their name alone where it means the same in all tables, and what their numbers stand for.
pub fn codes() -> Vec<(&'static [&'static str], String)> {
    macro_rules! named {
        ($kind:ident) => {
            listed($kind::ALL.iter().map(|kind| (kind.code(), kind.name())))
        };
    }
    let callers: &[_] = &["owner_kind", "placed_by_kind", "actor_kind", "caller_kind"];
    let scopes = keys::Scope::ALL.iter().map(|scope| (1 << scope.code(), scope.name()));
    vec![
        (callers, named!(CallerKind)),
        (&["accounts.role"], named!(Role)),
        (&["links.purpose"], named!(Purpose)),
        (&["api_keys.scopes"], format!("the sum of {}", listed(scopes))),
        (&["prices.channel"], "1 the shop's own, the only one so far".to_owned()),
        (&["location_id"], "1 the only place so far".to_owned()),
        (&["stock_entries.kind"], named!(EntryKind)),
        (&["orders.status"], named!(OrderStatus)),
        (&["events.subject_kind"], named!(SubjectKind)),
        (&["events.kind"], named!(EventKind)),
        (&["trail.kind"], named!(TrailKind)),
        (&["figures.kind"], named!(FigureKind)),
    ]
}

fn listed<'n>(codes: impl Iterator<Item = (i64, &'n str)>) -> String {
    codes.map(|(code, name)| format!("{code} {name}")).collect::<Vec<_>>().join(", ")
}
