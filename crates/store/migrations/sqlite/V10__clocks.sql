-- when a claim was taken: one that would begin only so much later as it lasts is due, for the clock was set back

alter table claims add column since integer not null default 0;

-- Those that were taken later than now, of which there are none but after that.
create index claims_by_taking on claims (since);
