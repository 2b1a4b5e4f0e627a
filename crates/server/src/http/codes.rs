//! Every `code` that a problem can have, with its status and title: the list that clients program
//! against. A code never changes its meaning; the detail beside it may change any day.

use axum::http::StatusCode;

/// One kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    pub status: StatusCode,
    pub title: &'static str,
}

macro_rules! codes {
    ($( $constant:ident = $status:ident $name:literal, $title:literal; )+) => {
        $( pub const $constant: Code = Code {
            name: $name,
            status: StatusCode::$status,
            title: $title,
        }; )+

        /// All of them, by status.
        pub const CODES: &[Code] = &[ $( $constant ),+ ];
    };
}

codes! {
    BAD_REQUEST = BAD_REQUEST "bad_request", "The request is not usable";
    MALFORMED_JSON = BAD_REQUEST "malformed_json", "The body is not JSON";
    HOST_NOT_ALLOWED = BAD_REQUEST "host_not_allowed", "This host is not served here";
    UNAUTHENTICATED = UNAUTHORIZED "unauthenticated", "Who you are is not known";
    OTP_REQUIRED = UNAUTHORIZED "otp_required", "The code of the second factor is missing or wrong";
    INVALID_CREDENTIALS = UNAUTHORIZED "invalid_credentials", "No account has this name and password";
    FORBIDDEN = FORBIDDEN "forbidden", "This is not yours to do";
    EMAIL_NOT_CONFIRMED = FORBIDDEN "email_not_confirmed", "The e-mail address is not confirmed yet";
    NOT_FOUND = NOT_FOUND "not_found", "There is nothing here";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method_not_allowed", "This cannot be done here";
    NOT_ACCEPTABLE = NOT_ACCEPTABLE "not_acceptable", "Nothing that is accepted is answered here";
    REQUEST_TIMEOUT = REQUEST_TIMEOUT "request_timeout", "The request took too long to arrive";
    CONFLICT = CONFLICT "conflict", "This conflicts with the state of things";
    USERNAME_TAKEN = CONFLICT "username_taken", "Somebody else has this username";
    EMAIL_TAKEN = CONFLICT "email_taken", "Somebody else has this e-mail address";
    NO_MAIL = CONFLICT "no_mail", "This shop sends no mail";
    SKU_TAKEN = CONFLICT "sku_taken", "Another product has this sku";
    SLUG_TAKEN = CONFLICT "slug_taken", "Another category has this slug";
    CATEGORY_CIRCLE = CONFLICT "category_circle", "A category cannot be below itself";
    CATEGORY_IN_USE = CONFLICT "category_in_use", "There is something in this category";
    OUT_OF_STOCK = CONFLICT "out_of_stock", "There is not enough in stock";
    TOO_MANY_UNITS = CONFLICT "too_many_units", "More units than one may have";
    CART_EMPTY = CONFLICT "cart_empty", "There is nothing in the cart";
    NO_LONGER_SOLD = CONFLICT "no_longer_sold", "Some of it is sold no more";
    TOTAL_TOO_LARGE = CONFLICT "total_too_large", "What is in the cart comes to more than an amount can be";
    CART_RESTS = CONFLICT "cart_rests", "The cart has held things for as long as any may; it can be filled again a little later";
    CART_FULL = CONFLICT "cart_full", "The cart has as many lines as it may have";
    HOLDS_TOO_MANY = CONFLICT "holds_too_many", "The cart holds as many units as it may hold";
    CROWD_HOLDS_TOO_MANY = CONFLICT "crowd_holds_too_many", "The guests of this address hold as many units as they may hold";
    ORDER_ID_TAKEN = CONFLICT "order_id_taken", "Another order has this order_id";
    PRICE_CHANGED = CONFLICT "price_changed", "A price is not what was expected";
    NOT_CANCELLABLE = CONFLICT "not_cancellable", "The order can no longer be cancelled";
    NOT_EDITABLE = CONFLICT "not_editable", "What the order says can no longer be changed";
    ILLEGAL_MOVE = CONFLICT "illegal_move", "The order cannot go there from where it is";
    VERSION_MISMATCH = PRECONDITION_FAILED "version_mismatch", "Somebody else changed it";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "body_too_large", "The body is too large";
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type", "The body is of a kind that is not taken here";
    INVALID = UNPROCESSABLE_ENTITY "invalid", "Some of the input is not valid";
    INVALID_LINK = UNPROCESSABLE_ENTITY "invalid_link", "The link is used up, expired, or not one";
    REJECTED = UNPROCESSABLE_ENTITY "rejected", "The database refuses this";
    READ_ONLY = UNPROCESSABLE_ENTITY "read_only", "Some of the fields cannot be changed";
    UNKNOWN_CUSTOMER = UNPROCESSABLE_ENTITY "unknown_customer", "There is no such customer";
    UNKNOWN_PRODUCT = UNPROCESSABLE_ENTITY "unknown_product", "There is no such product";
    IDEMPOTENCY_KEY_REUSED = UNPROCESSABLE_ENTITY "idempotency_key_reused", "The idempotency key belongs to another request";
    RATE_LIMITED = TOO_MANY_REQUESTS "rate_limited", "Too many requests";
    TOO_MANY_ATTEMPTS = TOO_MANY_REQUESTS "too_many_attempts", "Too many attempts have failed";
    HEAD_TOO_LARGE = REQUEST_HEADER_FIELDS_TOO_LARGE "head_too_large", "The head of the request is too large";
    INTERNAL = INTERNAL_SERVER_ERROR "internal", "Something went wrong here";
    OVERLOADED = SERVICE_UNAVAILABLE "overloaded", "The shop is too busy";
    UNAVAILABLE = SERVICE_UNAVAILABLE "unavailable", "The shop cannot be reached";
    OUTCOME_UNKNOWN = GATEWAY_TIMEOUT "outcome_unknown", "Whether it was done is not known yet";
}

/// The code for an answer that has a status and nothing else, such as the router's own.
pub fn of_status(status: StatusCode) -> Code {
    CODES
        .iter()
        .find(|code| code.status == status)
        .copied()
        .unwrap_or(if status.is_server_error() { INTERNAL } else { BAD_REQUEST })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_listed_once_and_in_snake_case() {
        for (place, code) in CODES.iter().enumerate() {
            assert!(CODES[..place].iter().all(|other| other.name != code.name), "{}", code.name);
            assert!(code.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!(code.status.is_client_error() || code.status.is_server_error());
        }
    }

    #[test]
    fn a_bare_status_has_a_general_code() {
        for (status, code) in [
            (StatusCode::NOT_FOUND, NOT_FOUND),
            (StatusCode::METHOD_NOT_ALLOWED, METHOD_NOT_ALLOWED),
            (StatusCode::UNPROCESSABLE_ENTITY, INVALID),
            (StatusCode::CONFLICT, CONFLICT),
            (StatusCode::IM_A_TEAPOT, BAD_REQUEST),
            (StatusCode::BAD_GATEWAY, INTERNAL),
        ] {
            assert_eq!(of_status(status), code);
        }
    }
}
