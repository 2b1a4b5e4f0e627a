//! A visit that asks for whatever is answered in JSON, in an order in which all of it is there: the first of each
//! operation is its example.

/// A request of the document.
pub struct Step {
    pub operation: &'static str,
    /// The beginning of a header, and the name of the secret that ends it.
    pub who: Option<(&'static str, &'static str)>,
    /// What stands in the braces of its path: a known name, or the text itself.
    pub at: Option<&'static str>,
    pub query: &'static str,
    /// Members of its body that are others than the document shows: known names, or texts.
    pub with: Vec<(&'static str, &'static str)>,
    /// Names for what the answer says, by pointers.
    pub keeps: Vec<(&'static str, &'static str)>,
    /// It is asked again until this is said there: what is counted later comes with a delay.
    pub until: Option<(&'static str, i64)>,
}

fn ask(operation: &'static str) -> Step {
    let (with, keeps) = (Vec::new(), Vec::new());
    Step { operation, who: None, at: None, query: "", with, keeps, until: None }
}

fn by(who: &'static str, operation: &'static str) -> Step {
    Step { who: Some(("Authorization: Bearer ", who)), ..ask(operation) }
}

impl Step {
    fn at(mut self, at: &'static str) -> Step {
        self.at = Some(at);
        self
    }

    fn query(mut self, query: &'static str) -> Step {
        self.query = query;
        self
    }

    fn with(mut self, member: &'static str, value: &'static str) -> Step {
        self.with.push((member, value));
        self
    }

    fn until(mut self, pointer: &'static str, value: i64) -> Step {
        self.until = Some((pointer, value));
        self
    }

    fn keeps(mut self, name: &'static str, pointer: &'static str) -> Step {
        self.keeps.push((name, pointer));
        self
    }
}

pub fn steps() -> Vec<Step> {
    [
        comes_in(),
        looks_around(),
        minds_the_catalog(),
        buys(),
        minds_the_orders(),
        minds_people(),
        about_herself(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Ann is new here; the demo's own accounts are there.
fn comes_in() -> Vec<Step> {
    vec![
        ask("live"),
        ask("ready"),
        ask("index"),
        ask("log_in").keeps("demo", "/access"),
        ask("log_in")
            .with("username", "admin")
            .with("password", "admin-password")
            .keeps("admin", "/access"),
        ask("register"),
        ask("log_in")
            .with("username", "ann")
            .with("password", "three blind mice")
            .keeps("refresh", "/refresh"),
        ask("refresh").with("refresh", "refresh").keeps("ann", "/access"),
        ask("verify_token").with("token", "ann"),
    ]
}

fn looks_around() -> Vec<Step> {
    vec![
        ask("list_products").query("?limit=1"),
        ask("show_product").at("1"),
        ask("list_categories"),
        ask("show_category").at("tents"),
    ]
}

fn minds_the_catalog() -> Vec<Step> {
    vec![
        by("admin", "create_category"),
        by("admin", "edit_category").at("mess-tins"),
        by("admin", "replace_category").at("mess-tins"),
        by("admin", "create_product"),
        by("admin", "edit_product").at("TIN-1"),
        by("admin", "replace_product").at("TIN-1"),
        by("admin", "import_products"),
        by("admin", "move_stock"),
        by("admin", "import_inventory"),
        by("admin", "list_inventory").query("?limit=1"),
        by("admin", "show_stock").at("TIN-1"),
        by("admin", "list_stock_entries").at("TIN-1").query("?limit=1"),
        by("admin", "repair_stock").at("TIN-1"),
    ]
}

fn buys() -> Vec<Step> {
    let guest = Step { who: Some(("Cart-Token: ", "cart")), ..ask("show_cart") };
    vec![
        ask("add_to_cart").keeps("cart", "/cart_token"),
        guest,
        by("ann", "claim_cart").with("cart_token", "cart"),
        by("ann", "set_in_cart").at("1"),
        by("ann", "remove_from_cart").at("1"),
        by("ann", "empty_cart"),
        by("ann", "add_to_cart"),
        by("ann", "checkout").keeps("order", "/id"),
        by("ann", "place_order").keeps("second", "/id"),
        by("ann", "edit_order").at("second"),
        by("ann", "show_order").at("second"),
        by("ann", "cancel_order").at("second"),
        by("ann", "list_orders").query("?limit=1"),
    ]
}

fn minds_the_orders() -> Vec<Step> {
    vec![
        by("admin", "start_order").at("order"),
        by("admin", "fail_order").at("order"),
        by("admin", "retry_order").at("order"),
        by("admin", "move_orders"),
        by("admin", "complete_order").at("order"),
        by("ann", "show_timeline").at("order"),
        ask("hand_over_order"),
        ask("show_handed_order").at("ORD001"),
        ask("list_handed_orders"),
        ask("order_metrics").until("/days/0/orders", 3),
    ]
}

fn minds_people() -> Vec<Step> {
    vec![
        by("admin", "create_customer").keeps("ben", "/id"),
        by("admin", "show_customer").at("ben"),
        by("admin", "replace_customer").at("ben"),
        by("admin", "edit_customer").at("ben"),
        by("admin", "list_customers").query("?search=ben&limit=1"),
        by("admin", "import_customers"),
        by("admin", "create_api_key").keeps("api_key", "/id"),
        by("admin", "show_api_key").at("api_key"),
        by("admin", "list_api_keys"),
        by("admin", "list_audit").query("?limit=1"),
        by("admin", "list_events").query("?limit=1&kinds=order.placed"),
    ]
}

fn about_herself() -> Vec<Step> {
    vec![
        by("ann", "me"),
        by("ann", "edit_me"),
        by("ann", "keep_address").keeps("address", "/id"),
        by("ann", "show_address").at("address"),
        by("ann", "replace_address").at("address"),
        by("ann", "list_addresses"),
        by("ann", "list_sessions").query("?limit=1"),
        by("ann", "export_me"),
        by("ann", "show_otp"),
        by("demo", "begin_otp"),
    ]
}
