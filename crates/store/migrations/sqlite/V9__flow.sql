-- the language in which the shop writes to a customer

alter table accounts add column language text;
