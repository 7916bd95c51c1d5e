-- An earlier life of the block's database was met: the present one is new, however empty it is.
alter table block_life add column earlier boolean not null default false;
