-- the language in which the shop writes to a customer

alter table identity.accounts add column language text;
