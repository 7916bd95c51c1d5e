-- The life of the archive of which this router has heard last (protocol §2): what an earlier one
-- says counts no more, after a restart either.
create table archive_life (
    only_row boolean primary key default true check (only_row),
    life     text not null
);
