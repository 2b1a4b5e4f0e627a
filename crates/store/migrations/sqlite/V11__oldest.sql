-- the oldest schema whose programs may still work here: a migration that they would not survive raises it

create table oldest (
    one integer not null primary key check (one = 1),
    schema integer not null
) strict, without rowid;

insert into oldest (one, schema) values (1, 10);
