-- the oldest schema whose programs may still work here: a migration that they would not survive raises it

create table writer.oldest (
    one smallint not null primary key check (one = 1),
    schema integer not null
);

insert into writer.oldest (one, schema) values (1, 10);
