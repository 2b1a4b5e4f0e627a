"""What a request may be refused for that is all that its schema asks for, and the other way round.

schemathesis expects a valid request to be accepted, but for statuses that say something of the state of things
(404, 409, ...). So do we; here is, one by one, what lies between: statuses that a schema cannot foresee,
and sentences about two fields, or about what only the shop knows. A sentence that is not here fails.
"""

import re

# The statuses that have to have one of these reasons.
STATUSES = {412, 422}

CODES = {
    # The key was used before, and fuzzing draws the same one again.
    "idempotency_key_reused",
    # The link of a mail, which nobody guesses.
    "invalid_link",
    # If-Match is a version, and another one.
    "version_mismatch",
    # What is named is right in form, and not there.
    "unknown_customer",
    "unknown_product",
}

SENTENCES = [
    # Two parameters that depend on each other, which OpenAPI cannot say of a query or of headers.
    r"(cursor|page|offset): cannot be combined with .*",
    r"(page|offset): is beyond 10000 rows; a cursor goes on, begin with cursor=",
    r"Cart-Token: is required (here|beside an Idempotency-Key): .*",
    # Two fields that depend on each other, or that differ in what the shop takes for the same.
    r"password2: is not the same as password",
    r"(.*\.)?contact: must name a name, an email or a phone",
    r"filter: must name something: or it would be all orders",
    r"reason: is required to fail orders",
    r"channel: is required of a key with the scope intake",
    r"channel: is required where its orders are to be taken otherwise",
    # A key says of which channel it is; whoever logs in has to.
    r"channel: is required: order_ids are names within a channel",
    # Opaque: whether it is the shop's own is seen when it is opened.
    r"(cursor|Last-Event-ID): is not one that this list gave out",
    # A secret that is right in form.
    r"(current_)?password: is not your password",
    r"otp: this code is not right now.*",
    # A password that is easily guessed: the field's description says what is.
    r"password: (must|is) .*",
    # What is named is right in form, and not there.
    r"(.*\.)?(parent|category): there is no category with this slug",
    r"subject: there is no category of this slug; one that is gone is known by its number",
    r"ids\[\d+\]: is the number of no order",
    # A time that is over: which one is, changes.
    r"expires_at: must lie ahead",
    # What there is already counts, too.
    r"quantity: comes to more than 1000000 with what is there",
    # A name that looks like the shop's own.
    r"username: is not for customers: it passes for the shop itself",
    # Each kind of subject has names of its own form.
    r"subject: must be what entries tell as their subject: .*",
    # The lengths of an address's parts: with them its pattern could be read by no person.
    r"(.*\.)?email: must be an address that can get mail.*",
]

# What is accepted though it is not what its schema asks for: where the operation, and what is wrong with the
# request, begin like this.
READ_TOO = [
    # Whoever asks for a link is told nothing of an address, and addresses of before are read as they were.
    ("POST /api/identity/password-reset", "in body - violates `pattern` at /properties/email"),
    # Whatever is sent is a text, and each of its lines is refused for itself.
    ("POST /api/orders/bulk", "in body"),
    # Only a stream goes on behind it.
    ("GET /api/events", "parameter `Last-Event-ID` in header"),
]


def unknown(problem):
    """What of a problem is no such reason."""
    if problem["code"] in CODES:
        return []
    errors = problem.get("errors", [])
    if not errors:
        return [problem["code"]]
    # The lines of a sheet are no part of the document: to it, a sheet is a text.
    fields = [error for error in errors if "line" not in error]
    sentences = [f"{error['field']}: {error['message']}" for error in fields]
    return [error for error in sentences if not any(re.fullmatch(s, error) for s in SENTENCES)]


def is_read_too(operation, message):
    """Whether what is wrong with a request that was accepted is one of those."""
    _, _, wrong = message.partition("Invalid component: ")
    return any(operation == where and wrong.startswith(what) for where, what in READ_TOO)
