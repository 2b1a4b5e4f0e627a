-- a line of a cart is found by both of its keys, whichever index is taken

-- By its product alone, each that is written of a product in demand would pass by all others that hold it.
drop index holds_by_product;
create index holds_by_product on holds (product_id, cart_id);
