"""Who asks the shop, for what, and what it may say to that: what schemathesis cannot know of this one.

Nobody asks (CONFORMANCE_ROLE=anonymous), a customer, or staff: an admin, who may do whatever staff may.
"""

import atexit
import base64
import collections
import itertools
import json
import os
import re
import urllib.error
import urllib.request

import reasons
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import AcceptedNegativeData, negative_data_rejection

URL = os.environ["CONFORMANCE_URL"]
ROLE = os.environ["CONFORMANCE_ROLE"]
SEEN = os.environ["CONFORMANCE_SEEN"]
PASSWORD = "three blind mice"

# What ends the session or the account of who asks: it is asked for by accounts of their own.
ENDING = {"change_password", "delete_me", "log_out"}

# What is a wait, and no mistake.
WAITS = re.compile(r"([0-2]?[0-9]|30)s|[0-9]{1,4}ms")

numbers = itertools.count(1)
# By operation: how often each status was answered.
seen = collections.defaultdict(collections.Counter)


def send(path, token, body):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(URL + path, body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def get(path, token):
    return send(path, token, None)


def post(path, body, token=None):
    return send(path, token, json.dumps(body).encode())


def log_in(username, password=PASSWORD):
    return post("/api/identity/token", {"username": username, "password": password})["access"]


class Admin:
    token = None


def admin():
    if Admin.token is None:
        Admin.token = log_in("admin", "admin-password")
    return Admin.token


def new_customer(role):
    name = f"{ROLE}-{next(numbers)}"
    account = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "role": role}
    return post("/api/identity/customers", account, admin())


class Steady:
    """The account that most requests are made by. Fuzzing may lose it; then there is another one."""

    username = token = None


def steady():
    if Steady.token is None:
        Steady.username = new_account()
        Steady.token = log_in(Steady.username)
    return Steady.token


def new_account():
    return new_customer("admin" if ROLE == "staff" else ROLE)["username"]


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


if ROLE != "anonymous":

    @schemathesis.auth(refresh_interval=None)
    class Tokens:
        def get(self, case, ctx):
            return log_in(new_account()) if operation_id(case) in ENDING else steady()

        def set(self, case, data, ctx):
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    """Its schema says no more than that it is text. What is none goes as JSON, which is a line, too."""
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode(errors="surrogatepass")


# What is there, for addresses that ask for something: made anew each time, for fuzzing takes it away.


def new_product():
    product = {"name": "Tin cup", "price": "4.50", "quantity": 100}
    return post("/api/catalog/products", product, admin())["id"]


def product_in_cart():
    product = new_product()
    post("/api/cart/items", {"product": product, "quantity": 1}, steady())
    return product


def new_category():
    slug = f"cups-{next(numbers)}"
    return post("/api/catalog/categories", {"slug": slug, "name": "Cups"}, admin())["slug"]


def new_address():
    address = {"name": "Ada", "line1": "1 Camp Street", "city": "Camp", "country": "DE"}
    try:
        return post("/api/identity/me/addresses", address, steady())["id"]
    except urllib.error.HTTPError:
        # The book is full.
        return get("/api/identity/me/addresses", steady())["results"][0]["id"]


def new_key():
    return post("/api/identity/api-keys", {"name": "till", "scopes": ["orders:read"]}, admin())["id"]


def new_session():
    claims = log_in(Steady.username).split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=="))["sid"]


def new_order(*moves):
    order = {"order_items": [{"product": new_product(), "quantity": 1}]}
    order = post("/api/orders/orders", order, steady())["id"]
    for move in moves:
        body = {"reason": "no tin"} if move == "fail" else {}
        post(f"/api/orders/orders/{order}/{move}", body, admin())
    return order


def new_handed_order():
    item = {"product": new_product(), "quantity": 1, "price": "4.50"}
    order = {"order_id": f"{ROLE}-{next(numbers)}", "user_id": 7, "items": [item]}
    return post("/api/orders", order | {"total_amount": "4.50"})["order_id"]


THERE = {
    "/api/cart/items/": product_in_cart,
    "/api/catalog/categories/": new_category,
    "/api/catalog/products/": new_product,
    "/api/identity/api-keys/": new_key,
    "/api/identity/customers/": lambda: new_customer("customer")["id"],
    "/api/identity/me/addresses/": new_address,
    "/api/identity/me/sessions/": new_session,
    "/api/orders/orders/": new_order,
    # Behind the longer one: the first that fits is taken.
    "/api/orders/": new_handed_order,
}
MOVED = {"complete_order": ["start"], "fail_order": ["start"], "retry_order": ["start", "fail"]}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every other address that is as it should be is the address of something that is there."""
    # Nothing happens here but what is asked for: who waits for it waits in vain.
    if case.query and WAITS.fullmatch(str(case.query.get("wait", ""))):
        case.query["wait"] = "0s"
    if ROLE == "anonymous":
        return
    # It says whose cart is meant where nobody has logged in, and is not read elsewhere.
    if case.headers:
        case.headers.pop("Cart-Token", None)
    if not case.path_parameters:
        return
    path = case.meta and case.meta.components.get(ParameterLocation.PATH)
    if not path or not path.mode.is_positive or next(numbers) % 2:
        return
    make = next((make for prefix, make in THERE.items() if case.path.startswith(prefix)), None)
    if make is new_order:
        there = new_order(*MOVED.get(operation_id(case), []))
    else:
        there = make()
    (name,) = case.path_parameters
    case.path_parameters[name] = str(there)


@schemathesis.hook
def after_call(context, case, response):
    seen[case.operation.label][response.status_code] += 1
    sent = response.request.headers.get("Authorization")
    if response.status_code == 401 and sent == f"Bearer {Steady.token}":
        Steady.token = None


@schemathesis.check
def refused_for_a_reason(ctx, response, case):
    """A request that is all that its schema asks for is refused for what no schema can say, or not at all."""
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    if is_valid and response.status_code in reasons.STATUSES:
        wrong = reasons.unknown(response.json())
        assert not wrong, f"A valid request was refused for what its schema could say: {wrong}"


@schemathesis.check
def invalid_is_refused(ctx, response, case):
    """schemathesis' own negative_data_rejection, but for what reasons.py has."""
    try:
        negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData as failure:
        if not reasons.is_read_too(case.operation.label, failure.message):
            raise


@atexit.register
def tell():
    with open(SEEN, "w") as file:
        json.dump(seen, file)
